import type { HotspotRow } from '../api.ts'
import { t } from './noc-words.ts'

/** Why a hotspot is not well, and of several things which; empty when it is. */
export function reasonWords({ reason, reasonDetail }: Pick<HotspotRow, 'reason' | 'reasonDetail'>): string {
  if (reason === null) return ''
  const words = t.code('reason.', reason)
  return reason === 'device' && reasonDetail !== undefined ? `${words}: ${reasonDetail}` : words
}
