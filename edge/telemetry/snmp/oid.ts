/** Names in SNMP's tree, as text. Pure. */
import type { Oid } from './port.ts'

export const numbersOf = (oid: Oid): number[] => oid.split('.').map(Number)

/** What follows `root` in `oid`, e.g. a row's index after its column; undefined when it is not below. */
export const below = (root: Oid, oid: Oid): Oid | undefined => (oid.startsWith(`${root}.`) ? oid.slice(root.length + 1) : undefined)

/** The tree's order: an agent that does not keep to it would be walked for ever. */
export function isAfter(oid: Oid, before: Oid): boolean {
  const [a, b] = [numbersOf(oid), numbersOf(before)]
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! > b[i]!
  return a.length > b.length
}
