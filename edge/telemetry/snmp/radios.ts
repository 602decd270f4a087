/** From a maker's radio tables to channel, clients, utilisation and noise. */
import { PORT_NAME_MAX, RADIOS_MAX, type DeviceRadio } from '../../wire/device.ts'
import type { Oid, SnmpValue } from './port.ts'
import { radioTablesFor, type RadioTables } from './radio-tables.ts'
import { cleanText } from './text.ts'

type ReadRows = (columns: readonly Oid[]) => Promise<Map<Oid, SnmpValue[]>>

/** The first list of tables that has rows. */
export async function readRadios(
  read: ReadRows,
  objectId: Oid | undefined,
  nameOf: (index: Oid) => string | undefined,
): Promise<DeviceRadio[]> {
  for (const tables of radioTablesFor(objectId)) {
    const radios = await readFrom(read, tables, nameOf)
    if (radios.length > 0) return radios
  }
  return []
}

async function readFrom(read: ReadRows, { parts, indexIsInterface }: RadioTables, nameOf: (index: Oid) => string | undefined) {
  const radios = new Map<string, DeviceRadio>()
  for (const { entry, columns, keyColumn } of parts) {
    const kinds = Object.keys(columns) as (keyof typeof columns)[]
    const numbers = [...kinds.map((kind) => columns[kind]!), ...(keyColumn === undefined ? [] : [keyColumn])]
    for (const [index, row] of await read(numbers.map((column) => `${entry}.${column}`))) {
      const key = keyColumn === undefined ? index : (wordOf(row.at(-1)) ?? index)
      const named = indexIsInterface ? nameOf(index) : keyColumn === undefined ? undefined : key
      let radio = radios.get(key)
      // An index may hold an access point's MAC address: a radio without a name is numbered.
      if (!radio) radios.set(key, (radio = { name: named ?? `radio ${radios.size + 1}` }))
      for (const [i, kind] of kinds.entries()) READERS[kind](radio, row[i])
    }
  }
  return [...radios.values()].slice(0, RADIOS_MAX)
}

const READERS = {
  channel: (radio: DeviceRadio, value: SnmpValue) => setChannel(radio, numberOf(value)),
  megahertz: (radio: DeviceRadio, value: SnmpValue) => setChannel(radio, channelOf(numberOf(value) ?? 0)),
  /** Network names on one radio: their stations together. */
  clients: (radio: DeviceRadio, value: SnmpValue) => {
    const clients = numberOf(value)
    if (clients !== undefined && clients >= 0) radio.clients = Math.min(10_000, (radio.clients ?? 0) + clients)
  },
  utilisationPercent: (radio: DeviceRadio, value: SnmpValue) => {
    const percent = numberOf(value)
    if (percent !== undefined && percent >= 0 && percent <= 100) radio.utilisation = percent / 100
  },
  /** Some leave the sign out; noise is never above 0 dBm, and 0 stands for not measured. */
  noise: (radio: DeviceRadio, value: SnmpValue) => {
    const noise = Math.abs(numberOf(value) ?? 0)
    if (noise > 0 && noise <= 127) radio.noiseDbm = -noise
  },
}

function setChannel(radio: DeviceRadio, channel: number | undefined): void {
  if (channel !== undefined && channel >= 1 && channel <= 253) radio.channel = channel
}

/** IEEE 802.11-2020 §15.4.4.3 (2.4 GHz), §17.3.8.4 (5 GHz), Annex E (6 GHz). @returns undefined for what is no Wi-Fi channel. */
export function channelOf(megahertz: number): number | undefined {
  if (megahertz === 2_484) return 14
  const start = megahertz >= 2_412 && megahertz <= 2_472 ? 2_407 : megahertz >= 5_160 && megahertz <= 5_885 ? 5_000 : 5_950
  const channel = (megahertz - start) / 5
  return (start !== 5_950 || (megahertz >= 5_955 && megahertz <= 7_115)) && Number.isInteger(channel) ? channel : undefined
}

/** A number, or text that begins with one. */
function numberOf(value: SnmpValue): number | undefined {
  if (typeof value === 'bigint') return Number(value)
  const [digits] = /^-?\d{1,9}/.exec(wordOf(value) ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

const wordOf = (value: SnmpValue): string | undefined => (value instanceof Uint8Array ? cleanText(value, PORT_NAME_MAX) : undefined)
