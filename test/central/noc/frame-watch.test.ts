import { test } from 'node:test'
import assert from 'node:assert/strict'
import { array, assert as holds, integer, property } from 'fast-check'
import { watchFrames } from '#central/noc/ingest/frame-watch.ts'

/** An MQTT packet of `length` bytes after its fixed header. */
function frame(length: number): Buffer {
  const header = [0x30]
  let rest = length
  do {
    header.push((rest % 128) | (rest >= 128 ? 0x80 : 0))
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)])
}

test('Packets up to the limit pass and the first larger one is stopped, however the bytes are cut', () => {
  const lengths = array(integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 })
  holds(
    property(lengths, array(integer({ min: 1, max: 90 }), { minLength: 1 }), (lengths, cuts) => {
      const watch = watchFrames(300)
      const bytes = Buffer.concat(lengths.map(frame))
      let passes = true
      for (let at = 0, i = 0; at < bytes.length && passes; i++) {
        const size = cuts[i % cuts.length]!
        passes = watch(bytes.subarray(at, at + size))
        at += size
      }
      assert.equal(
        passes,
        lengths.every((length) => length <= 300),
      )
    }),
    { numRuns: 1_000 },
  )
})

test('A packet is stopped by its announced length, before its bytes arrive', () => {
  assert.equal(watchFrames(1_000)(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])), false)
})

test('A length that never ends is stopped', () => {
  assert.equal(watchFrames(1_000)(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])), false)
})
