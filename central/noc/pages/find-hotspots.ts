import { get } from '../../platform/ui/request.ts'
import type { HotspotList, HotspotRow } from '../api.ts'

/** For the palette; a failure simply finds nothing, the palette still leads to the screens. */
export async function findHotspots(q: string): Promise<HotspotRow[]> {
  const answer = await get<HotspotList>(`/api/noc/hotspots?${new URLSearchParams({ q }).toString()}`)
  return answer.ok ? answer.value.rows : []
}
