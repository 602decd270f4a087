/** One look at a device: everything it tells, as it tells it. What changed since the last look is device-record.ts's. */
import { CARRIED_BY_OTHERS, FORWARDING, IF_TABLE, IF_X_TABLE, LEARNED, POWER, SYSTEM } from './mibs.ts'
import { SnmpError, type Oid, type SnmpSession, type SnmpValue } from './port.ts'
import { readRadios } from './radios.ts'
import { cleanText } from './text.ts'
import type { CounterBits } from './counters.ts'
import { DeviceRadio, PORT_NAME_MAX } from '../../wire/device.ts'
import { readTable } from './walk.ts'

export type PortReading = {
  /** ifIndex. */
  index: number
  name: string
  alias: string | undefined
  up: boolean
  speedMbps: number | undefined
  bits: CounterBits
  inOctets: bigint | undefined
  outOctets: bigint | undefined
  errors: bigint | undefined
  discards: bigint | undefined
  /** ifCounterDiscontinuityTime. */
  countedSince: bigint | undefined
}

export type Reading = {
  model: string | undefined
  sysName: string | undefined
  objectId: Oid | undefined
  /** sysUpTime, hundredths of a second. */
  upTicks: number | undefined
  routes: boolean
  bridgePorts: number
  ports: PortReading[]
  radios: DeviceRadio[]
  learnedAddresses: number | undefined
  poe: { watts: number; limitWatts: number } | undefined
}

/** More interfaces than any device of a hotspot has; VLANs and network names count as some. */
const INTERFACES_MAX = 512
const MODEL_LETTERS_MAX = 120
const SYS_NAME_LETTERS_MAX = 60

/** @throws SnmpError when it does not answer. A table that it refuses is one that it does not have. */
export async function readDevice(session: SnmpSession): Promise<Reading> {
  const names = Object.values(SYSTEM)
  const got = await session.get(names)
  // snmp-native hands on what came in whatever order; the names say which is which.
  const system = new Map(got.map(({ oid, value }) => [oid, value]))
  const objectId = text(system.get(SYSTEM.sysObjectId))
  const bridgePorts = Number(number(system.get(SYSTEM.dot1dBaseNumPorts)) ?? 0n)
  const upTicks = number(system.get(SYSTEM.sysUpTime))
  if (upTicks === undefined && objectId === undefined) throw new SnmpError('unreadable', 'an answer without sysUpTime')
  const { ports, nameOf } = await readPorts(session)
  return {
    model: words(system.get(SYSTEM.sysDescr), MODEL_LETTERS_MAX),
    sysName: words(system.get(SYSTEM.sysName), SYS_NAME_LETTERS_MAX),
    objectId,
    upTicks: upTicks === undefined ? undefined : Number(upTicks),
    routes: system.get(SYSTEM.ipForwarding) === 1n,
    bridgePorts,
    ports,
    radios: await readRadios((columns) => rowsOf(session, columns), objectId, nameOf),
    learnedAddresses: bridgePorts > 0 ? await countLearned(session) : undefined,
    poe: await readPower(session),
  }
}

async function readPorts(session: SnmpSession) {
  const [base, more] = [
    await rowsOf(session, Object.values(IF_TABLE), INTERFACES_MAX),
    await rowsOf(session, Object.values(IF_X_TABLE), INTERFACES_MAX),
  ]
  const ports: PortReading[] = []
  const names = new Map<Oid, string>()
  for (const [index, row] of base) {
    const [descr, type, speed, operStatus, inOctets, inDiscards, inErrors, outOctets, outDiscards, outErrors] = row
    const [ifName, hcIn, hcOut, highSpeed, alias, countedSince] = more.get(index) ?? []
    const name = words(ifName, PORT_NAME_MAX) ?? words(descr, PORT_NAME_MAX) ?? index.slice(0, PORT_NAME_MAX)
    names.set(index, name)
    if (CARRIED_BY_OTHERS.includes(number(type) ?? 0n)) continue
    const wide = number(hcIn) !== undefined && number(hcOut) !== undefined
    ports.push({
      index: Number(index),
      name,
      alias: words(alias, PORT_NAME_MAX),
      up: operStatus === 1n,
      speedMbps: megabits(number(highSpeed), number(speed)),
      bits: wide ? 64 : 32,
      inOctets: number(wide ? hcIn : inOctets),
      outOctets: number(wide ? hcOut : outOctets),
      errors: sum(number(inErrors), number(outErrors)),
      discards: sum(number(inDiscards), number(outDiscards)),
      countedSince: number(countedSince),
    })
  }
  return { ports, nameOf: (index: Oid) => names.get(index) }
}

/** ifHighSpeed 0 stands for less than half a megabit, and for agents that never set it. */
function megabits(highSpeed: bigint | undefined, speed: bigint | undefined): number | undefined {
  const value = highSpeed !== undefined && highSpeed > 0n ? Number(highSpeed) : Math.round(Number(speed ?? 0n) / 1e6)
  // 4,294,967,295 in ifSpeed with 0 in ifHighSpeed is how Linux says "not known".
  return value > 0 && value < 1_000_000 && speed !== undefined && !(speed === 4_294_967_295n && !highSpeed) ? value : undefined
}

async function countLearned(session: SnmpSession): Promise<number | undefined> {
  for (const column of Object.values(FORWARDING)) {
    const rows = await rowsOf(session, [column])
    if (rows.size > 0) return [...rows.values()].filter(([status]) => status === LEARNED).length
  }
  return undefined
}

async function readPower(session: SnmpSession): Promise<Reading['poe']> {
  const rows = [...(await rowsOf(session, Object.values(POWER))).values()]
  if (rows.length === 0) return undefined
  const total = (column: number) => rows.reduce((watts, row) => watts + Number(number(row[column]) ?? 0n), 0)
  return { limitWatts: total(0), watts: total(1) }
}

/** An agent that answers "no access" to a table (RFC 3416 §3) has none for us; any other trouble ends the look. */
async function rowsOf(session: SnmpSession, columns: readonly Oid[], rowsMax?: number): Promise<Map<Oid, SnmpValue[]>> {
  try {
    return (await readTable(session, columns, rowsMax)).rows
  } catch (error) {
    if (error instanceof SnmpError && error.kind === 'refused') return new Map()
    throw error
  }
}

const number = (value: SnmpValue): bigint | undefined => (typeof value === 'bigint' ? value : undefined)
const text = (value: SnmpValue): string | undefined => (typeof value === 'string' ? value : undefined)
const words = (value: SnmpValue, lettersMax: number): string | undefined =>
  value instanceof Uint8Array ? cleanText(value, lettersMax) : undefined
const sum = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined && b === undefined ? undefined : (a ?? 0n) + (b ?? 0n)
