import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl } from '#test/support/phones.ts'

const DATAGRAMS = 400
const PAYLOAD = 1_000

test('the counters say what went over the wire, to the octet, IPv4 and IPv6 together', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
  await gate.admit({ mac: phones[1]!.mac, clientId: 2, seconds: 300 })
  const octets = async (id: number) => (await gate.counters()).find(({ clientId }) => clientId === id)
  assert.deepEqual(await octets(1), { clientId: 1, upOctets: 0, downOctets: 0 })

  const { stdout, code } = await lab.exec('phone1', [
    process.execPath,
    '--input-type=module',
    '-e',
    EXCHANGE,
    internet.v4,
    internet.v6,
    String(DATAGRAMS),
    String(PAYLOAD),
  ])
  assert.equal(code, 0)
  const { four, six } = JSON.parse(stdout) as { four: number; six: number }
  assert.deepEqual({ four, six }, { four: DATAGRAMS, six: DATAGRAMS }, 'every datagram was answered')
  // RFC 791 and RFC 8200 headers without options, and UDP's eight octets.
  const expected = DATAGRAMS * (PAYLOAD + 20 + 8) + DATAGRAMS * (PAYLOAD + 40 + 8)
  assert.deepEqual(await octets(1), { clientId: 1, upOctets: expected, downOctets: expected })
  assert.deepEqual(await octets(2), { clientId: 2, upOctets: 0, downOctets: 0 }, 'nothing is charged to the neighbour')

  await t.test('a download is charged with what it carried', async () => {
    await curl(lab, 'phone2', '-o', '/dev/null', `http://${internet.v4}:8080/big?bytes=5000000`)
    const { downOctets = 0 } = (await octets(2)) ?? {}
    // 52 octets of headers go with each segment, and a segment carries 1448 octets or more.
    assert.ok(downOctets >= 5_000_000 && downOctets < 5_000_000 * 1.04 + 2_000, `${downOctets} octets`)
  })

  await t.test('after the end the last octets can still be read, and a new owner of the id starts at zero', async () => {
    const last = await octets(2)
    await gate.evict(phones[1]!.mac)
    assert.deepEqual(await octets(2), last)
    await gate.evict(phones[0]!.mac)
    await gate.admit({ mac: phones[0]!.mac, clientId: 2, seconds: 300 })
    assert.deepEqual(await octets(2), { clientId: 2, upOctets: 0, downOctets: 0 })
  })

  await t.test('a device that is admitted again keeps its counter', async () => {
    await curl(lab, 'phone1', '-o', '/dev/null', `http://${internet.v4}:8080/hello`)
    const before = await octets(2)
    await gate.admit({ mac: phones[0]!.mac, clientId: 2, seconds: 600 })
    assert.deepEqual(await octets(2), before)
  })
})

/** One datagram at a time per family, the next when the answer came, so that none is lost in a queue. */
const EXCHANGE = `
import { createSocket } from 'node:dgram'
const [four, six, count, payload] = process.argv.slice(1)
const exchange = (type, address) => new Promise((resolve) => {
  const socket = createSocket(type)
  let answered = 0
  const next = () => socket.send(Buffer.alloc(Number(payload), 'x'), 123, address)
  socket.on('message', (message) => {
    if (message.length === Number(payload)) answered += 1
    if (answered < Number(count)) return next()
    socket.close()
    resolve(answered)
  })
  next()
})
console.log(JSON.stringify({ four: await exchange('udp4', four), six: await exchange('udp6', six) }))
`
