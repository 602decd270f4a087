/** Tables, read by GETBULK within bounds: a device that lies about its size, or answers in circles, costs no more than these. */
import { below, isAfter } from './oid.ts'
import { SnmpError, type Oid, type SnmpSession, type SnmpValue } from './port.ts'

/** Rows of one table: a 48-port switch with its VLANs has some hundred, a bridge's addresses are counted up to here. */
const ROWS_MAX = 2_000
/** Values a packet may bring: some 1,400 octets, one Ethernet frame, for short ones. */
const VALUES_PER_PACKET = 48

/** Values by index, then by column in the order asked. */
export type Table = { rows: Map<Oid, SnmpValue[]>; complete: boolean }

/**
 * Columns of one table side by side. A device without it gives no rows.
 * @throws SnmpError; `unreadable` when the device's names do not rise.
 */
export async function readTable(session: SnmpSession, columns: readonly Oid[], rowsMax: number = ROWS_MAX): Promise<Table> {
  const rows = new Map<Oid, SnmpValue[]>()
  const repetitions = Math.max(1, Math.floor(VALUES_PER_PACKET / columns.length))
  /** Where each column's walk stands; a column that has ended is not asked on. */
  const at = new Map(columns.map((column) => [column, column]))
  // Each round brings every open column on by a name at least, or ends it.
  for (let round = 0; at.size > 0 && round <= rowsMax; round++) {
    const open = [...at.keys()]
    const varbinds = await session.bulk([...at.values()], repetitions)
    if (varbinds.length < open.length) throw new SnmpError('unreadable', 'fewer values than names')
    for (const [i, { oid, value }] of varbinds.entries()) {
      const column = open[i % open.length]!
      const before = at.get(column)
      if (before === undefined) continue
      const index = below(column, oid)
      if (index === undefined || value === undefined) {
        at.delete(column)
        continue
      }
      if (!isAfter(oid, before)) throw new SnmpError('unreadable', 'names do not rise')
      at.set(column, oid)
      const row = rows.get(index)
      if (row) row[columns.indexOf(column)] = value
      else if (rows.size >= rowsMax) return { rows, complete: false }
      else rows.set(index, place(columns, column, value))
    }
  }
  return { rows, complete: at.size === 0 }
}

function place(columns: readonly Oid[], column: Oid, value: SnmpValue): SnmpValue[] {
  const row = Array.from<SnmpValue>({ length: columns.length })
  row[columns.indexOf(column)] = value
  return row
}
