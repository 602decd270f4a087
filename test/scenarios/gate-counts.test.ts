import assert from 'node:assert/strict'
import { test } from 'node:test'
import { octetsSince } from '#edge/sessions/rules.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl } from '#test/support/phones.ts'

const DATAGRAMS = 400
const PAYLOAD = 1_000

/** As the edge polls in this story; the table is lost after the one and edited after the other. */
const POLL_MS = 1_000
const POLLS = 12
const LOST_AFTER = 4
const EDITED_AFTER = 8

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

test('a ruleset flushed in the middle of a download costs no octets but those since the last reading', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
  const wireAtStart = await octetsOnWire(lab)
  const script = `while :; do curl --silent --max-time 20 --limit-rate 6M --output /dev/null http://${internet.v4}:8080/big; done`
  const download = lab.spawn('phone1', ['timeout', '60', 'sh', '-c', script])
  t.after(() => download.kill())

  // As the edge does it: the last reading is remembered, what is new is added up.
  let total = 0
  let reading = 0
  const poll = async (): Promise<void> => {
    const { upOctets = 0, downOctets = 0 } = (await gate.counters()).find(({ clientId }) => clientId === 1) ?? {}
    total += octetsSince(reading, upOctets + downOctets)
    reading = upOctets + downOctets
  }
  const began = performance.now()
  for (let count = 1; count <= POLLS; count += 1) {
    await until('the time of the next poll', () => performance.now() >= began + count * POLL_MS)
    await poll()
    if (count === LOST_AFTER) assert.equal((await lab.exec('edge', ['nft', 'flush', 'ruleset'])).code, 0)
    if (count === EDITED_AFTER) assert.equal((await lab.exec('edge', ['nft', 'insert', 'rule', 'inet', 'gate', 'shut', 'accept'])).code, 0)
  }
  download.kill()
  await until('the end of the download', () => download.exitCode !== null || download.signalCode !== null)
  await until('a quiet wire', async () => {
    const before = await octetsOnWire(lab)
    await poll()
    return (await octetsOnWire(lab)) - before < 1_000
  })
  const wire = (await octetsOnWire(lab)) - wireAtStart
  assert.ok(wire > 20_000_000, `${wire} octets went over the wire`)
  assert.ok(Math.abs(total - wire) <= wire / 100, `${total} counted, ${wire} on the wire`)
})

test('a counter goes on where it was when the table was lost or edited, however much comes between two readings', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
  const down = async (): Promise<number> => (await gate.counters())[0]?.downOctets ?? 0
  const fetch = async (octets: number): Promise<void> => {
    const words = ['--retry', '5', '--retry-all-errors', '--write-out', '%{size_download}', '--output', '/dev/null']
    assert.equal(await curl(lab, 'phone1', ...words, `http://${internet.v4}:8080/big?bytes=${octets}`), String(octets))
  }
  await fetch(5_000_000)
  const first = await down()
  await lab.exec('edge', ['nft', 'flush', 'ruleset'])
  assert.equal(await down(), first, 'asked before the table is back, it is put back first')
  // More than before: a counter that began anew would look as if it had never shrunk.
  await fetch(10_000_000)
  const second = await down()
  assert.ok(second - first >= 10_000_000 && second - first < 10_500_000, `${second - first} octets`)

  await lab.exec('edge', ['nft', 'insert', 'rule', 'inet', 'gate', 'up_path', 'accept'])
  await until(
    'the edit to be undone',
    async () => !/up_path \{\s+accept/.test((await lab.exec('edge', ['nft', 'list', 'table', 'inet', 'gate'])).stdout),
  )
  assert.equal(await down(), second)
  await lab.exec('edge', ['nft', 'flush', 'set', 'inet', 'gate', 'down'])
  assert.equal(await down(), second, 'counters taken out by hand are put back')
})

/** Both directions, without the 14 octets of Ethernet that each packet carries besides. */
async function octetsOnWire(lab: Lab): Promise<number> {
  const folder = '/sys/class/net/eth0/statistics'
  const files = ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets'].map((name) => `${folder}/${name}`)
  const [rx = 0, tx = 0, rxPackets = 0, txPackets = 0] = (await lab.exec('phone1', ['cat', ...files])).stdout.split('\n').map(Number)
  return rx + tx - 14 * (rxPackets + txPackets)
}

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
