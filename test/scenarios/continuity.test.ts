/** The box's program dies again and again while people use the internet: they do not notice, and every octet is theirs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, reaches, untilArriving, untilStill } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, spawnBox, startBox, writeBoxConfig } from '#test/support/product.ts'
import { getOnline, getPage, postForm } from '#test/support/visitor.ts'

const SEED = 22
const KILLS = 50
/** Every so often the gate dies with it. */
const GATE_KILLS_EVERY = 10
/** Every fourth time it comes to serve before it dies again; else it dies in the middle of its start, which takes about a second. */
const SERVES_EVERY = 4
const START_MS = 1_000

/** Octets of IP packets through a phone's interface: the kernel counts each frame with its 14 octets of Ethernet. */
async function wireOctets(lab: Lab, where: Place): Promise<number> {
  const files = ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets'].map((name) => `/sys/class/net/eth0/statistics/${name}`)
  const [rx = 0, tx = 0, rxPackets = 0, txPackets = 0] = (await lab.exec(where, ['cat', ...files])).stdout.trim().split('\n').map(Number)
  return rx + tx - 14 * (rxPackets + txPackets)
}

test('fifty deaths of the edge break no download, let nobody in and lose no octet', { timeout: 170_000 }, async (t) => {
  const lab = await labFor(t, { phones: 3 })
  if (!lab) return
  let { daemon } = await gateIn(t, lab)
  const here = enrolledNowhere(t)
  const config = await writeBoxConfig(lab, here, NO_BROKER, { sessionSeconds: 3_600, watchSeconds: 1, everySeconds: 5 })
  let box = await startBox(lab, config)
  t.after(() => box.end('SIGKILL'))
  const { internet } = lab.addresses
  const web = { kind: 'http', address: internet.v4, port: 8080 } as const
  const online: Place[] = ['phone1', 'phone2']

  const before = new Map<Place, number>()
  for (const phone of online) {
    // curl keeps to its rate by reading in bursts of what its buffer holds; on the air nothing comes in bursts of megabytes.
    await lab.exec(phone, ['sysctl', '-q', '-w', 'net.ipv4.tcp_rmem=4096 65536 65536'])
    await getOnline(lab, phone)
    before.set(phone, await wireOctets(lab, phone))
  }
  const downloads = [internet.v4, `[${internet.v6}]`].map((host, i) =>
    lab.spawn(online[i]!, ['curl', '--silent', '--limit-rate', '1M', '--output', '/dev/null', `http://${host}:8080/big`]),
  )
  t.after(() => downloads.forEach((download) => download.kill()))
  for (const phone of online) await untilArriving(lab, phone)
  const hammer = lab.spawn('phone3', [process.execPath, '--input-type=module', '-e', HAMMER, internet.v4, internet.v6])
  t.after(() => hammer.kill())

  const random = seededRandom(SEED)
  let dead = box.child
  for (let kill = 1; kill <= KILLS; kill++) {
    dead.kill('SIGKILL')
    if (dead.exitCode === null && dead.signalCode === null) await once(dead, 'exit')
    if (kill % GATE_KILLS_EVERY === 0) {
      await daemon.stop('SIGKILL')
      for (const phone of online) await untilArriving(lab, phone)
      assert.equal(await reaches(lab, 'phone3', web), false, `nobody new after kill ${kill}`)
      daemon = await lab.startGate()
    }
    if (kill % SERVES_EVERY === 0) {
      box = await startBox(lab, config)
      dead = box.child
    } else {
      // In the middle of its start.
      dead = spawnBox(lab, config)
      const late = performance.now() + random() * START_MS
      await until('its moment', () => performance.now() > late)
    }
  }
  dead.kill('SIGKILL')
  box = await startBox(lab, config)
  for (const [i, phone] of online.entries()) {
    assert.equal(downloads[i]!.exitCode, null, `${phone} is still downloading`)
    await untilArriving(lab, phone)
  }
  const { datagrams } = JSON.parse(await curl(lab, 'internet', 'http://127.0.0.1:8080/received')) as { datagrams: { count: number } }
  assert.equal(datagrams.count, 0, 'not one of phone 3’s datagrams came through')
  assert.equal(hammer.exitCode, null)

  downloads.forEach((download) => download.kill())
  const onWire: number[] = []
  for (const phone of online) {
    await untilStill(lab, phone, 10_000)
    onWire.push((await wireOctets(lab, phone)) - before.get(phone)!)
    await getPage(lab, phone, '/status')
    await postForm(lab, phone, '/putus', { b: 'id' })
  }
  await box.end()

  const told = recordsIn(join(here.dir, 'edge'), 'session')
  const stops = told.filter(({ event }) => event === 'stop')
  assert.equal(told.filter(({ event }) => event === 'start').length, 2, 'one visit each')
  assert.equal(new Set(told.map(({ id }) => id)).size, 2)
  assert.equal(stops.length, 2)
  const inOrder = stops.toSorted((a, b) => a.startedAt - b.startedAt).map(({ upOctets, downOctets }) => upOctets + downOctets)
  for (const [i, octets] of inOrder.entries()) {
    const error = Math.abs(octets - onWire[i]!) / onWire[i]!
    t.diagnostic(`${online[i]}: ${onWire[i]} octets on the wire, ${octets} counted (${(error * 100).toFixed(3)} % apart)`)
    assert.ok(error <= 0.01, `${octets} counted, ${onWire[i]} on the wire`)
  }
})

/** Datagrams over both families for as long as the test may take. */
const HAMMER = `
import { createSocket } from 'node:dgram'
const [four, six] = process.argv.slice(1)
const a = createSocket('udp4'), b = createSocket('udp6')
for (const socket of [a, b]) socket.on('error', () => {})
setInterval(() => {
  a.send('x', 123, four)
  b.send('x', 123, six)
}, 20)
setTimeout(() => process.exit(), 180_000)
`
