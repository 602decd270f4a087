/** How every story on the road ends: the traffic stops, what is on its way arrives, both books are compared. */
import type { Road } from './road.ts'
import type { Outcome } from './scenario.ts'

export async function settle(road: Road, faults: string, withinSeconds: number, notes: string[] = []): Promise<Outcome> {
  await road.endTraffic()
  const seconds = await road.arrived(withinSeconds)
  const { refused, wrong, ...books } = await road.books()
  const said = [...notes, `all of it at central ${seconds.toFixed(1)} s after the traffic ended`]
  if (refused > 0) said.push(`${refused} records were refused by a box, which said so`)
  return { ...books, faults, notes: said, failures: wrong }
}

/** Two stories told as one. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const sum = (of: 'accepted' | 'stored' | 'quarantined' | 'counted' | 'lost' | 'duplicated') =>
    outcomes.reduce((total, each) => total + each[of], 0)
  return {
    accepted: sum('accepted'),
    stored: sum('stored'),
    quarantined: sum('quarantined'),
    counted: sum('counted'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    faults: outcomes.map(({ faults }) => faults).join('; '),
    notes: outcomes.flatMap(({ notes }) => notes),
    failures: outcomes.flatMap(({ failures }) => failures),
  }
}
