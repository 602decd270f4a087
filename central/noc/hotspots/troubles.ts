/** What a box's notices say is wrong with it now: of each pair of words the latest one counts. Pure. */
import type { NoticeKind } from '#edge/wire/notice.ts'

/** In the order in which they are named when several hold. */
const PAIRS = {
  'gate-failed': { bad: 'gate-failed', good: 'gate-back' },
  storage: { bad: 'storage-failed', good: 'storage-back' },
  uplink: { bad: 'uplink-down', good: 'uplink-up' },
  dns: { bad: 'dns-down', good: 'dns-up' },
  certificate: { bad: 'certificate-refused', good: 'certificate-in-use' },
} as const satisfies Record<string, { bad: NoticeKind; good: NoticeKind }>
export type Trouble = keyof typeof PAIRS
const TROUBLES = Object.keys(PAIRS) as Trouble[]

type Word = { bad: boolean; at: number }
type Words = Partial<Record<Trouble, Word>>

/** What a box's state remembers, as JSON; null where no notice ever spoke of a pair. */
export function withNotices(before: string | null, notices: readonly { kind: NoticeKind; at: number }[]): string | null {
  const words = read(before)
  let changed = false
  for (const { kind, at } of notices) {
    for (const trouble of TROUBLES) {
      const { bad, good } = PAIRS[trouble]
      // A program that begins anew finds out for itself what is wrong, and says so.
      const isGood = kind === good || (kind === 'start' && words[trouble]?.bad)
      if ((kind !== bad && !isGood) || at < (words[trouble]?.at ?? 0)) continue
      words[trouble] = { bad: kind === bad, at }
      changed = true
    }
  }
  return changed ? JSON.stringify(words) : before
}

export function troublesOf(remembered: string | null): Trouble[] {
  const words = read(remembered)
  return TROUBLES.filter((trouble) => words[trouble]?.bad)
}

const read = (remembered: string | null): Words => (remembered === null ? {} : (JSON.parse(remembered) as Words))
