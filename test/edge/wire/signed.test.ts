import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { openKept } from '#edge/telemetry/kept.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { KeptMessage } from '#edge/wire/kept-message.ts'
import { openSigned, signFor } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'

const central = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const topic = nodeTopic('klegen-01', 'x')
const message: KeptMessage = {
  id: 'ticket-ABCD-EFGH-3',
  kind: 'ticket',
  ticket: { code: 'ABCD-EFGH', version: 3, status: 'proses', office: 'Dinas Perhubungan', at: 1_790_000_000_000 },
}
const signed = signFor(topic, message, central.privateKey)

test('central’s signed message opens with its key', () => {
  assert.deepEqual(openKept(topic, encodePacket(signed), central.publicKey), { ok: true, value: message })
})

const refused: [string, string, unknown, RegExp][] = [
  ['for another box', nodeTopic('klegen-02', 'x'), signed, /signature/],
  ['on another topic of the same box', nodeTopic('klegen-01', 'c'), signed, /signature/],
  ['signed by someone else', topic, signFor(topic, message, stranger.privateKey), /signature/],
  ['with one letter changed', topic, { ...signed, body: signed.body.replace('proses', 'ditutup') }, /signature/],
  ['with an empty signature', topic, { ...signed, signature: '' }, /not a signed message/],
  ['with a signature of zeros', topic, { ...signed, signature: Buffer.alloc(64).toString('base64') }, /signature/],
  ['with a field too many', topic, { ...signed, extra: 1 }, /not a signed message/],
  ['of another version', topic, { ...signed, v: 2 }, /not a signed message/],
  ['not signed at all', topic, message, /not a signed message/],
  ['of a kind the box does not know', topic, signFor(topic, { ...message, kind: 'run' }, central.privateKey), /kept message/],
  [
    'with a code no ticket has',
    topic,
    signFor(topic, { ...message, ticket: { ...message.ticket, code: 'AB01-EFGH' } }, central.privateKey),
    /kept message/,
  ],
  ['that is null', topic, null, /not a signed message/],
]

for (const [what, on, packet, reason] of refused) {
  test(`a message ${what} is refused with a reason`, () => {
    const opened = openKept(on, encodePacket(packet), central.publicKey)
    assert.ok(!opened.ok)
    assert.match(opened.reason, reason)
  })
}

test('a signed body that is not JSON is refused', () => {
  const text = { ...signFor(topic, 'x', central.privateKey) }
  assert.deepEqual(openSigned(topic, text, central.publicKey), { ok: true, value: 'x' })
  assert.ok(!openSigned(topic, { ...text, body: '{' }, central.publicKey).ok)
})

test('bytes that are no packet are refused', () => {
  for (const payload of [Buffer.alloc(0), Buffer.from('{'), Buffer.alloc(300_000)])
    assert.ok(!openKept(topic, payload, central.publicKey).ok)
})
