/**
 * Broker and central killed again and again while a hotspot is busy: a download runs, usage is counted every second,
 * people complain. Afterwards both ends' books must say the same. Over Mosquitto as provisioning sets it up, and over
 * central's own broker.
 */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'
import { boxUsage, boxGrants, centralBooks, octetsOf } from '#test/support/books.ts'
import { eventually } from '#test/support/eventually.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { mosquittoMissing, startMosquitto, type TestMosquitto } from '#test/support/mosquitto.ts'
import { longDownload, untilArriving, untilStill } from '#test/support/phones.ts'
import { cityFor, NODE, startBox, writeBoxConfig, type City } from '#test/support/product.ts'
import { complain, proceed, welcomeToken } from '#test/support/visitor.ts'

type BrokerKind = 'mosquitto' | 'embedded'
type Part = 'broker' | 'central'

/** The box takes five complaints an hour from one device; nobody here reaches that. */
const PHONES = 5
const COMPLAINTS_PER_PHONE = 4

/** What dies, and for how long: the one, the other, both; shorter and longer than a reconnection takes. */
const OUTAGES: Record<BrokerKind, { parts: Part[]; milliseconds: number }[]> = {
  mosquitto: [
    { parts: ['broker'], milliseconds: 1_500 },
    { parts: ['central'], milliseconds: 2_500 },
    { parts: ['central', 'broker'], milliseconds: 4_000 },
    { parts: ['broker'], milliseconds: 200 },
  ],
  embedded: [
    { parts: ['central'], milliseconds: 2_500 },
    { parts: ['central'], milliseconds: 200 },
    { parts: ['central'], milliseconds: 4_000 },
  ],
}

async function openPlace(t: TestContext, lab: Lab, kind: BrokerKind) {
  const host = lab.addresses.host.management
  const [webPort, mqttPort] = [await freePort(), await freePort(host)]
  const url = `${kind === 'mosquitto' ? 'mqtt' : 'mqtts'}://${host}:${mqttPort}`
  const password = 'p'.repeat(43)
  const env = kind === 'mosquitto' ? { MQTT_URL: url, MQTT_USERNAME: 'central', MQTT_PASSWORD: password } : {}
  const city = await cityFor(t, { host, webPort, mqttPort, env })
  let broker: TestMosquitto | undefined
  if (kind === 'mosquitto') {
    const users = new Map([['central', password], ...Object.entries(city.enrolled.tokens)])
    broker = await startMosquitto('central', users, { host, port: mqttPort })
    t.after(() => broker?.stop())
  }
  await city.startCentral()
  const box = await startBox(lab, await writeBoxConfig(lab, city, url, { watchSeconds: 1, everySeconds: 1 }))
  t.after(() => box.end())
  return {
    city,
    box,
    kill: (part: Part) => (part === 'broker' ? broker!.kill() : city.central().end('SIGKILL')),
    start: (part: Part) => (part === 'broker' ? broker!.start() : city.startCentral()),
  }
}

/** Complains from every phone in turn until told to stop. @returns the codes people were told. */
function complaining(lab: Lab): () => Promise<string[]> {
  const codes: string[] = []
  const stopped = new AbortController()
  const done = (async () => {
    for (let i = 0; i < PHONES * COMPLAINTS_PER_PHONE && !stopped.signal.aborted; i++) {
      const phone: Place = `phone${(i % PHONES) + 1}`
      codes.push(await complain(lab, phone, { text: `Lampu jalan nomor ${i} padam sejak kemarin malam` }))
      await pause(700)
    }
  })()
  return async () => {
    stopped.abort()
    await done
    return codes
  }
}

async function compareBooks(city: City, told: string[], octetsThroughGate: number): Promise<void> {
  const books = centralBooks(city)
  assert.deepEqual(books.complaints().toSorted(), told.toSorted(), 'every complaint that somebody was told of, once each')
  const sent = new Map(boxUsage(city).map(({ seq, body }) => [seq, body]))
  const arrived = books.usage()
  assert.ok(arrived.length > 15, `usage was counted every second: ${arrived.length} records`)
  for (const { seq, body } of arrived) assert.deepEqual(body, sent.get(seq), `record ${seq} is what the box wrote down`)
  assert.equal(new Set(arrived.map(({ seq }) => seq)).size, arrived.length)
  const last = arrived.at(-1)!.seq
  assert.deepEqual(
    [...sent.keys()].filter((seq) => seq <= last && !arrived.some((each) => each.seq === seq)),
    [],
    'no record is missing in between',
  )
  assert.equal(octetsOf(arrived), octetsThroughGate, 'what central adds up is what the gate let through')
  assert.equal(books.chartedOctets(), octetsThroughGate, 'charts add up the same')
  assert.deepEqual([books.gaps(), books.quarantine(), books.epochs().length], [[], [], 1])
}

for (const kind of ['mosquitto', 'embedded'] as const) {
  test(`${OUTAGES[kind].length} outages under traffic over ${kind}: both ends’ books agree`, { timeout: 90_000 }, async (t) => {
    const missing = kind === 'mosquitto' ? mosquittoMissing() : null
    if (missing) return t.skip(missing)
    const lab = await labFor(t, { phones: PHONES })
    if (!lab) return
    const { gate } = await gateIn(t, lab)
    const { city, box, kill, start } = await openPlace(t, lab, kind)
    assert.equal(await proceed(lab, 'phone1', await welcomeToken(lab, 'phone1')), '/terhubung')
    const download = longDownload(lab, 'phone1', lab.addresses.internet.v4)
    t.after(() => download.kill())
    await untilArriving(lab, 'phone1')
    const endComplaining = complaining(lab)

    for (const { parts, milliseconds } of OUTAGES[kind]) {
      for (const part of parts) await kill(part)
      await pause(milliseconds)
      for (const part of parts.toReversed()) await start(part)
      await pause(1_500)
    }

    const told = await endComplaining()
    download.kill()
    await untilStill(lab, 'phone1', 10_000)
    const [counter] = await gate.counters()
    const through = counter!.upOctets + counter!.downOctets
    const books = centralBooks(city)
    await eventually('all octets at central', () => octetsOf(books.usage()) === through, 30_000)
    await eventually('all complaints at central', () => books.complaints().length >= told.length, 10_000)
    await box.end()
    await compareBooks(city, told, through)
    const [grant] = boxGrants(city)
    assert.equal(grant!.upOctets + grant!.downOctets, through)
    assert.ok(told.length >= 8 && through > 10_000_000, `there was traffic: ${told.length} complaints, ${through} octets at ${NODE}`)
    t.diagnostic(`${told.length} complaints, ${Math.round(through / 1e6)} MB, ${books.usage().length} usage records`)
  })
}
