/** Which hotspots a change concerns, so that whoever publishes knows before. Pure. */
import type { PolicyDraft } from '../policy/api.ts'
import { keyOf, type Change, type Entry, type Part } from '../policy/changes.ts'
import { covers, type Place, type Where } from '../policy/place.ts'

export function entryOf<P extends Part>(document: PolicyDraft, part: P, key: string): Entry<P> | undefined {
  return (document[part] as Entry<P>[]).find((entry) => keyOf(part, entry) === key)
}

export function reach(changes: readonly Change[], before: PolicyDraft, after: PolicyDraft, hotspots: readonly Place[]): number {
  const places: Where[] = []
  for (const { part, key } of changes) {
    // Groups and open sites are the whole city's.
    if (part === 'publicGroup' || part === 'groups' || part === 'garden' || part === 'vouchers') return hotspots.length
    for (const document of [before, after]) {
      const where = entryOf(document, part, key)?.where
      if (where) places.push(where)
    }
  }
  return hotspots.filter((hotspot) => places.some((where) => covers(where, hotspot))).length
}
