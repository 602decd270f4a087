/**
 * Where access points keep what their radios do. No standard gives more than the channel, so each maker's table is listed
 * here, as data. None of these was read from the real device here: they are as the makers' MIB files say.
 */
import type { Oid } from './port.ts'

type Column = 'channel' | 'megahertz' | 'clients' | 'utilisationPercent' | 'noise'

type RadioPart = {
  /** The table's entry; columns are numbers below it. */
  entry: Oid
  columns: Partial<Record<Column, number>>
  /** Rows belong to the same radio when this column's text is the same; absent = when the index is. */
  keyColumn?: number
}
export type RadioTables = {
  /** Enterprise numbers in sysObjectID; Linux-based devices often show their agent's instead of their maker's. */
  enterprises: readonly string[]
  parts: readonly RadioPart[]
  /** What the index is: then the radio has that interface's name. */
  indexIsInterface: boolean
}

/** MIKROTIK-MIB, mtxrWlApTable; clients is a Counter32 there, but counts those who are present. */
const MIKROTIK: RadioTables = {
  enterprises: ['14988'],
  indexIsInterface: true,
  parts: [{ entry: '1.3.6.1.4.1.14988.1.1.1.3.1', columns: { clients: 6, megahertz: 7, noise: 9 } }],
}

/** UBNT-UniFi-MIB, unifiVapTable (one row per network name) and unifiRadioTable; "ng", "na" join them. */
const UNIFI: RadioTables = {
  // Ubiquiti, Frogfoot (older Ubiquiti), and Net-SNMP's agent on Linux, which UniFi access points show.
  enterprises: ['41112', '10002', '8072'],
  indexIsInterface: false,
  parts: [
    { entry: '1.3.6.1.4.1.41112.1.6.1.2.1', columns: { channel: 4, clients: 8 }, keyColumn: 9 },
    { entry: '1.3.6.1.4.1.41112.1.6.1.1.1', columns: { utilisationPercent: 6 }, keyColumn: 3 },
  ],
}

/** RUCKUS-RADIO-MIB, ruckusRadioTable and ruckusRadioStatsTable, both by ifIndex. */
const RUCKUS: RadioTables = {
  enterprises: ['25053'],
  indexIsInterface: true,
  parts: [
    { entry: '1.3.6.1.4.1.25053.1.1.12.1.1.1.2.1', columns: { channel: 4, noise: 8 } },
    { entry: '1.3.6.1.4.1.25053.1.1.12.1.1.1.3.1', columns: { clients: 2, utilisationPercent: 15 } },
  ],
}

/**
 * AI-AP-MIB, aiRadioTable: an Aruba Instant cluster's conductor lists all radios, by the access point's address and a number.
 * The channel is text with the width ("36E"), the noise without its sign; the utilisation is the mean of 64 seconds.
 */
const ARUBA_INSTANT: RadioTables = {
  enterprises: ['14823'],
  indexIsInterface: false,
  parts: [{ entry: '1.3.6.1.4.1.14823.2.3.3.1.2.2.1', columns: { channel: 4, noise: 6, utilisationPercent: 8, clients: 21 } }],
}

/** IEEE802dot11-MIB: dot11PhyDSSSTable for 2.4 GHz, dot11PhyOFDMTable for 5 GHz, both by ifIndex. */
const IEEE_802_11: RadioTables = {
  enterprises: [],
  indexIsInterface: true,
  parts: [
    { entry: '1.2.840.10036.4.5.1', columns: { channel: 1 } },
    { entry: '1.2.840.10036.4.11.1', columns: { channel: 1 } },
  ],
}

const ENTERPRISE = /^1\.3\.6\.1\.4\.1\.(\d+)(?:\.|$)/

/** The maker's own tables where there are any, and the standard's for when those are empty. */
export function radioTablesFor(sysObjectId: Oid | undefined): RadioTables[] {
  const enterprise = ENTERPRISE.exec(sysObjectId ?? '')?.[1]
  const makers = [MIKROTIK, UNIFI, RUCKUS, ARUBA_INSTANT].filter(
    ({ enterprises }) => enterprise !== undefined && enterprises.includes(enterprise),
  )
  return [...makers, IEEE_802_11]
}
