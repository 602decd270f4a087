import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fields, integer, list, literal, optional, text } from '#edge/gate/shapes.ts'

const shape = fields({
  verb: literal('set'),
  name: text('a name', /^[a-z]{1,5}$/, 5),
  ports: optional(list(fields({ port: integer(1, 10) }), 1, 2)),
})
const reason = (value: unknown) => shape.reasonAgainst(value, '')

test('a value that says what it may, and no more, is right', () => {
  assert.equal(reason({ verb: 'set', name: 'abc' }), undefined)
  assert.equal(reason({ verb: 'set', name: 'abc', ports: [{ port: 1 }, { port: 10 }] }), undefined)
})

test('a refusal names the first place that is wrong, however deep', () => {
  assert.equal(reason({ verb: 'set', name: 'abc', ports: [{ port: 1 }, { port: 11 }] }), '/ports/1/port is not a whole number from 1 to 10')
  assert.equal(reason({ verb: 'put', name: 'abc' }), '/verb is not set')
  assert.equal(reason({ verb: 'set', name: 'toolong' }), '/name is not a name')
  assert.equal(reason({ verb: 'set' }), '/name is missing')
  assert.equal(reason({ verb: 'set', name: 'abc', ports: [] }), '/ports is not a list of 1 to 2')
  assert.equal(reason({ verb: 'set', name: 'abc', ports: [5] }), '/ports/0 is not an object')
  assert.equal(reason([]), '/ is not an object')
})

test('what every object has by birth counts neither as a field that is there nor as one that may be', () => {
  assert.equal(reason(JSON.parse('{"verb":"set","name":"abc","__proto__":{"ports":[]}}')), '/ has a field too many')
  assert.equal(reason({ verb: 'set', name: 'abc', constructor: 1 }), '/ has a field too many')
  assert.equal(fields({ toString: integer(0, 1) }).reasonAgainst({}, ''), '/toString is missing')
})

test('numbers are whole and within bounds, and numerals are no numbers', () => {
  const number = integer(-1, 3)
  for (const right of [-1, 0, 3]) assert.equal(number.reasonAgainst(right, '/n'), undefined)
  for (const wrong of [-2, 4, 0.5, '1', null, true, Number.NaN, Infinity, [1]])
    assert.match(number.reasonAgainst(wrong, '/n') ?? '', /^\/n is not/)
})
