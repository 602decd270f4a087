/** Who fills a position on a day, pure: Plh before Plt before the definitive holder (the mandates of UU 30/2014 Pasal 14). */
import type { HeldAs } from '../db/tables.ts'

export type Holder = { id: number; positionId: number; userId: number; heldAs: HeldAs; fromDay: string; untilDay: string | null }

const RANK: Record<HeldAs, number> = { Plh: 0, Plt: 1, definitif: 2 }

const holdsOn = (holder: Holder, day: string): boolean => holder.fromDay <= day && (holder.untilDay === null || day <= holder.untilDay)

/** One holder per position; of two of one rank the later appointment counts. */
export function holdersOn(holders: readonly Holder[], day: string): Map<number, Holder> {
  const chosen = new Map<number, Holder>()
  for (const holder of holders) {
    if (!holdsOn(holder, day)) continue
    const rival = chosen.get(holder.positionId)
    if (!rival || RANK[holder.heldAs] < RANK[rival.heldAs] || (holder.heldAs === rival.heldAs && holder.id > rival.id)) {
      chosen.set(holder.positionId, holder)
    }
  }
  return chosen
}

/** "Plh. Kepala Dinas Perhubungan", as a signature block prints it. */
export const positionTitle = (name: string, heldAs: string | null): string =>
  heldAs && heldAs !== 'definitif' ? `${heldAs}. ${name}` : name
