/** Devices, and strangers, that answer what nobody should: the look ends with a reason, and nothing else happens. */
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { openSnmp } from '#edge/telemetry/snmp/open.ts'
import { SnmpError, type SnmpSession } from '#edge/telemetry/snmp/port.ts'
import { readDevice } from '#edge/telemetry/snmp/reading.ts'
import { readTable } from '#edge/telemetry/snmp/walk.ts'
import { V2C, V3 } from '#test/support/snmpd.ts'

const PACKETS = 5_000
const SYS_UP_TIME = '1.3.6.1.2.1.1.3.0'

/** mulberry32: the same octets for the same seed, everywhere. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function answering(t: TestContext, answer: (question: Buffer, socket: Socket, from: RemoteInfo) => void): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => answer(question, socket, from))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => void socket.close())
  return socket.address().port
}

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof SnmpError ? error.kind : String(error)),
  )

/** Ends by itself even where the answer is silence: after a look at what has arrived meanwhile. */
async function within(milliseconds: number, session: SnmpSession, work: (session: SnmpSession) => Promise<unknown>): Promise<string> {
  const timer = setTimeout(() => setImmediate(() => session.close()), milliseconds)
  const outcome = await outcomeOf(work(session))
  clearTimeout(timer)
  session.close()
  return outcome
}

for (const [name, snmp, seed] of [
  ['v2c', V2C, 4_711],
  ['v3', V3, 1_147],
] as const)
  test(`${PACKETS} answers of random octets, most of them a real question with some octets changed, end a ${name} look and nothing more`, async (t) => {
    const next = random(seed)
    let sent = 0
    const port = await answering(t, (question, socket, { port }) => {
      const packet = next() < 0.2 ? Buffer.from(Array.from({ length: 1 + next() * 300 }, () => next() * 256)) : Buffer.from(question)
      // A response to our own question, and then wrong somewhere.
      if (packet.length === question.length)
        for (let n = 0; n < 1 + next() * 4; n++) packet[Math.floor(next() * packet.length)] = next() * 256
      if (next() < 0.1) socket.send(packet.subarray(0, Math.floor(next() * packet.length)), port, '127.0.0.1')
      socket.send(packet, port, '127.0.0.1')
      sent += 1
    })
    const seen: Record<string, number> = {}
    const failures: unknown[] = []
    const onUncaught = (error: unknown) => failures.push(error)
    process.on('uncaughtException', onUncaught)
    t.after(() => process.off('uncaughtException', onUncaught))
    for (let i = 0; i < PACKETS; i++) {
      const session = await openSnmp({ address: '127.0.0.1', port, snmp })
      const outcome = await within(3, session, (session) => session.get([SYS_UP_TIME]))
      seen[outcome] = (seen[outcome] ?? 0) + 1
    }
    assert.deepEqual(failures, [])
    assert.ok(sent >= PACKETS * 0.9, `${sent} packets were sent`)
    assert.ok((seen['unreadable'] ?? 0) > PACKETS * 0.2, JSON.stringify(seen))
    const strange = Object.keys(seen).filter((kind) => !['answered', 'no-answer', 'unreadable', 'refused', 'auth'].includes(kind))
    assert.deepEqual(strange, [])
    if (snmp.version === '3') assert.equal(seen['answered'], undefined, 'nothing unauthenticated is an answer')
  })

/** The question itself, said to be the answer. */
function echoed(question: Buffer, response: (pdu: Buffer) => void): Buffer {
  const answer = Buffer.from(question)
  const at = answer.findIndex((octet, i) => i > 10 && (octet === 0xa0 || octet === 0xa5 || octet === 0xa1))
  response(answer.subarray(at))
  return answer
}

test('an agent that answers every question with the name it was asked is not walked for ever', async (t) => {
  let questions = 0
  const port = await answering(t, (question, socket, { port }) => {
    questions += 1
    socket.send(
      echoed(question, (pdu) => {
        pdu[0] = 0xa2
        // error-index: max-repetitions in the question. Found by the lengths: a request-id may hold any octet.
        const errorStatus = 4 + pdu[3]!
        pdu[errorStatus + 5] = 0
      }),
      port,
      '127.0.0.1',
    )
  })
  const session = await openSnmp({ address: '127.0.0.1', port, snmp: V2C })
  const outcome = await within(1_000, session, (session) => readTable(session, ['1.3.6.1.2.1.2.2.1.2']))
  // Its values are Null, which is the end of a table.
  assert.ok(outcome === 'answered' || outcome === 'unreadable', outcome)
  assert.ok(questions <= 2, `${questions} questions`)
})

test('an answer that comes from another port or address is no answer', async (t) => {
  const stranger = createSocket('udp4')
  stranger.bind(0, '127.0.0.1')
  await once(stranger, 'listening')
  t.after(() => void stranger.close())
  let questions = 0
  const port = await answering(t, (question, _socket, { port }) => {
    questions += 1
    stranger.send(
      echoed(question, (pdu) => {
        pdu[0] = 0xa2
      }),
      port,
      '127.0.0.1',
    )
  })
  const session = await openSnmp({ address: '127.0.0.1', port, snmp: V2C })
  assert.equal(await within(300, session, (session) => session.get([SYS_UP_TIME])), 'no-answer')
  assert.equal(questions, 1)
})

/** X.690: tag, length, contents. */
const ber = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(body.length < 128 ? [tag, body.length] : [tag, 0x82, body.length >> 8, body.length & 255]), body])
}
const integer = (value: number) => {
  const octets = Buffer.alloc(4)
  octets.writeInt32BE(value)
  return ber(2, octets)
}
/** Contents of the parts of one level. */
function parts(buffer: Buffer): { tag: number; body: Buffer }[] {
  const found: { tag: number; body: Buffer }[] = []
  for (let at = 0; at + 1 < buffer.length;) {
    const short = buffer[at + 1]!
    const many = short > 128 ? short - 128 : 0
    const length = many === 0 ? short : buffer.readUIntBE(at + 2, many)
    const start = at + 2 + many
    found.push({ tag: buffer[at]!, body: buffer.subarray(start, start + length) })
    at = start + length
  }
  return found
}

test('an answer without authentication is refused, although the question had it and the library would take it', async (t) => {
  const engine = Buffer.from('80001f8804756a69', 'hex')
  let protectedQuestions = 0
  const port = await answering(t, (question, socket, { port }) => {
    const [, header, , scoped] = parts(parts(question)[0]!.body)
    const messageId = parts(header!.body)[0]!.body.readIntBE(0, parts(header!.body)[0]!.body.length)
    // A scoped PDU in clear asks who we are; an encrypted one is an octet string (RFC 3412 §6).
    const discovery = scoped!.tag === 0x30
    if (!discovery) protectedQuestions += 1
    const name = discovery ? '2b060106030f01010400' : '2b060102010103 00'.replace(' ', '')
    const varbind = ber(0x30, ber(6, Buffer.from(name, 'hex')), discovery ? ber(0x41, Buffer.from([1])) : ber(0x43, Buffer.from([99])))
    const pdu = ber(discovery ? 0xa8 : 0xa2, integer(messageId), integer(0), integer(0), ber(0x30, varbind))
    const security = ber(
      0x30,
      ber(4, engine),
      integer(1),
      integer(1_000),
      ber(4, Buffer.alloc(0)),
      ber(4, Buffer.alloc(0)),
      ber(4, Buffer.alloc(0)),
    )
    const flags = ber(4, Buffer.from([0]))
    const head = ber(0x30, integer(messageId), integer(65_507), flags, integer(3))
    socket.send(ber(0x30, integer(3), head, ber(4, security), ber(0x30, ber(4, engine), ber(4, Buffer.alloc(0)), pdu)), port, '127.0.0.1')
  })
  const session = await openSnmp({ address: '127.0.0.1', port, snmp: V3 })
  assert.equal(await within(1_000, session, (session) => session.get([SYS_UP_TIME])), 'auth')
  assert.equal(protectedQuestions, 1)
})

test('a device that answers its own name with nothing is unreadable, not a device without ports', async (t) => {
  const port = await answering(t, (question, socket, { port }) =>
    socket.send(
      echoed(question, (pdu) => {
        pdu[0] = 0xa2
      }),
      port,
      '127.0.0.1',
    ),
  )
  const session = await openSnmp({ address: '127.0.0.1', port, snmp: V2C })
  assert.equal(await within(1_000, session, readDevice), 'unreadable')
})
