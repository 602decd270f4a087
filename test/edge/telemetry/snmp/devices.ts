/** Tables of makers and standards as devices fill them, for snmpd's pass command, and looks made by hand. */
import type { PortReading, Reading } from '#edge/telemetry/snmp/reading.ts'
import type { Row } from '#test/support/snmpd.ts'

/** MIKROTIK-MIB: two radios by ifIndex 1 and 2. */
export const MIKROTIK = {
  sysObjectId: '1.3.6.1.4.1.14988.1',
  table: {
    root: '1.3.6.1.4.1.14988.1.1.1.3.1',
    rows: columns('1.3.6.1.4.1.14988.1.1.1.3.1', [
      [6, 'counter', [11, 3]],
      [7, 'integer', [2437, 5220]],
      [9, 'integer', [-103, -98]],
    ]),
  },
}

/** UBNT-UniFi-MIB: three network names on two radios. */
export const UNIFI = {
  table: {
    root: '1.3.6.1.4.1.41112.1.6.1',
    rows: [
      ...columns('1.3.6.1.4.1.41112.1.6.1.1.1', [
        [3, 'string', ['ng', 'na']],
        [6, 'integer', [41, 7]],
      ]),
      ...columns('1.3.6.1.4.1.41112.1.6.1.2.1', [
        [4, 'integer', [6, 44, 6]],
        [8, 'integer', [5, 9, 2]],
        [9, 'string', ['ng', 'na', 'ng']],
      ]),
    ],
  },
}

/** AI-AP-MIB: the index is the access point's MAC address and a number. */
export const ARUBA = {
  sysObjectId: '1.3.6.1.4.1.14823.1.2.80',
  table: {
    root: '1.3.6.1.4.1.14823.2.3.3.1.2.2.1',
    rows: (
      [
        [4, 'string', ['36E', '6']],
        [6, 'integer', [94, 89]],
        [8, 'integer', [12, 55]],
        [21, 'integer', [8, 21]],
      ] as [number, Row[1], (string | number)[]][]
    ).flatMap(([column, type, values]) =>
      values.map((value, i): Row => [`1.3.6.1.4.1.14823.2.3.3.1.2.2.1.${column}.104.40.207.199.233.192.${i}`, type, value]),
    ),
  },
}

/** A bridge of eight ports with two learned addresses and its own, and a power supply. */
export const SWITCH = {
  sysObjectId: '1.3.6.1.4.1.11863.5.74',
  tables: [
    {
      root: '1.3.6.1.2.1.17',
      rows: [
        ['1.3.6.1.2.1.17.1.2.0', 'integer', 8],
        ['1.3.6.1.2.1.17.4.3.1.3.2.119.0.0.0.17', 'integer', 3],
        ['1.3.6.1.2.1.17.4.3.1.3.2.119.0.0.0.18', 'integer', 3],
        ['1.3.6.1.2.1.17.4.3.1.3.2.119.0.0.0.19', 'integer', 4],
      ] as Row[],
    },
    {
      root: '1.3.6.1.2.1.105',
      rows: [
        ['1.3.6.1.2.1.105.1.3.1.1.2.1', 'gauge', 370],
        ['1.3.6.1.2.1.105.1.3.1.1.4.1', 'gauge', 37],
      ] as Row[],
    },
  ],
}

function columns(entry: string, of: [column: number, type: Row[1], values: (string | number)[]][]): Row[] {
  return of.flatMap(([column, type, values]) => values.map((value, i): Row => [`${entry}.${column}.${i + 1}`, type, value]))
}

export const reading = (changes: Partial<Reading> = {}): Reading => ({
  model: 'Titik akses',
  sysName: 'ap-1',
  objectId: '1.3.6.1.4.1.14988.1',
  upTicks: 100_000,
  routes: false,
  bridgePorts: 0,
  ports: [port()],
  radios: [],
  learnedAddresses: undefined,
  poe: undefined,
  ...changes,
})

export const port = (changes: Partial<PortReading> = {}): PortReading => ({
  index: 1,
  name: 'ether1',
  alias: undefined,
  up: true,
  speedMbps: 1_000,
  bits: 64,
  inOctets: 1_000n,
  outOctets: 2_000n,
  errors: 0n,
  discards: 0n,
  countedSince: 0n,
  ...changes,
})
