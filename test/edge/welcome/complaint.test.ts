import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readComplaint, type TypedComplaint } from '#edge/welcome/complaint.ts'
import { newTicketCode, readTicketCode } from '#edge/welcome/ticket-code.ts'
import { COMPLAINT_CATEGORIES, TICKET_ALPHABET } from '#edge/wire/complaint.ts'
import { decodeBody } from '#edge/wire/schemas.ts'

const typed = (change: Partial<TypedComplaint> = {}): TypedComplaint => ({
  category: 'jalan',
  text: 'Lubang besar di depan SD.',
  contact: '',
  anonymous: false,
  ...change,
})
const problemsOf = (change: Partial<TypedComplaint>) => {
  const read = readComplaint(typed(change))
  return read.ok ? {} : read.problems
}

test('each wrong field is named with what is wrong', () => {
  assert.deepEqual(problemsOf({ category: '' }), { category: 'missing' })
  assert.deepEqual(problemsOf({ category: 'jalan ' }), { category: 'unknown' })
  assert.deepEqual(problemsOf({ text: ' \n\t ' }), { text: 'missing' })
  assert.deepEqual(problemsOf({ text: 'lub' }), { text: 'too-short' })
  assert.deepEqual(problemsOf({ text: '👨‍👩‍👧‍👦' }), { text: 'too-short' })
  assert.deepEqual(problemsOf({ text: 'x'.repeat(2001) }), { text: 'too-long' })
  assert.deepEqual(problemsOf({ contact: 'pak RT' }), { contact: 'not-a-contact' })
  assert.deepEqual(problemsOf({ contact: `${'a'.repeat(130)}@x.id` }), { contact: 'too-long' })
  assert.deepEqual(problemsOf({ category: 'x', text: '', contact: '?' }), {
    category: 'unknown',
    text: 'missing',
    contact: 'not-a-contact',
  })
})

test('phone numbers and e-mail addresses as people write them are contacts', () => {
  for (const contact of ['0812-3456-7890', '+62 812 3456 7890', '(0351) 462756', 'budi@madiun.go.id', 'budi.s+adu@contoh.co.id']) {
    assert.deepEqual(problemsOf({ contact }), {}, contact)
  }
  for (const contact of ['12345', '+628123456789012345', 'a@b', 'a b@c.id', '<script>@x.id', 'x@y..id', '++62812345678']) {
    assert.deepEqual(problemsOf({ contact }), { contact: 'not-a-contact' }, contact)
  }
})

test('control characters and direction overrides are removed, lines are kept, letters are composed', () => {
  const read = readComplaint(
    typed({ text: '  Lampu\u0000 mati\r\ndi\u202e Jl.\u001b[31m Cafe\u0301\t1 \ud800 ', contact: ' 0812\u0007 345 678 ' }),
  )
  assert.ok(read.ok)
  assert.equal(read.complaint.text, 'Lampu mati\ndi Jl.[31m Café 1 \ufffd')
  assert.equal(read.complaint.contact, '0812 345 678')
})

test('whatever passes the form passes the wire', () => {
  fc.assert(
    fc.property(
      fc.record({
        category: fc.oneof(fc.constantFrom(...COMPLAINT_CATEGORIES), fc.string()),
        text: fc.oneof(fc.string({ unit: 'binary', maxLength: 2500 }), fc.string({ unit: 'grapheme', maxLength: 40 })),
        contact: fc.oneof(fc.constant(''), fc.constant('0812345678'), fc.emailAddress(), fc.string({ unit: 'binary' })),
        anonymous: fc.boolean(),
      }),
      (fields) => {
        const read = readComplaint(fields)
        if (!read.ok) return
        const wire = decodeBody('complaint', { ...read.complaint, code: 'ABCD-EFGH', language: 'id' })
        assert.equal(wire.ok, true, wire.ok ? '' : wire.reason)
      },
    ),
    { numRuns: 500 },
  )
})

test('ticket codes use only letters that cannot be misread, and are read however they are typed', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const code = newTicketCode()
    assert.match(code, new RegExp(`^[${TICKET_ALPHABET}]{4}-[${TICKET_ALPHABET}]{4}$`))
    seen.add(code)
  }
  assert.equal(seen.size, 2000)
  for (const written of ['k7qf-m3tx', ' K7QFM3TX ', 'k7qf m3tx', 'K7QF–M3TX', 'k 7 q f m 3 t x', 'k7qf.m3tx'])
    assert.equal(readTicketCode(written), 'K7QF-M3TX')
  for (const no of ['', 'K7QF-M3T', 'K7QF-M3TXX', 'K0QF-M3TX', 'KIQF-M3TX', '../etc', 'K7QF-M3T%', '💥💥💥💥'])
    assert.equal(readTicketCode(no), undefined, no)
})
