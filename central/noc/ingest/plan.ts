/** What to do with a batch, given the mark. Pure: the rule that makes redelivery, reordering and loss harmless or visible. */

export type BatchFacts = { lo: number; first: number; last: number }

export type Plan =
  /** Take the records from `from` on. `gap`: seqs that will never come, because the box's outbox no longer has them. */
  | { take: true; from: number; mark: number; gap?: { fromSeq: number; toSeq: number } }
  /** `known`: all of it is committed already. `ahead`: something before it is missing; the box resends from the mark. */
  | { take: false; why: 'known' | 'ahead' }

export function planBatch(mark: number, batch: BatchFacts): Plan {
  if (batch.last <= mark) return { take: false, why: 'known' }
  if (batch.first <= mark + 1) return { take: true, from: mark + 1, mark: batch.last }
  // A jump is only believed where the box says that this is the oldest record it still has.
  if (batch.lo !== batch.first) return { take: false, why: 'ahead' }
  return { take: true, from: batch.first, mark: batch.last, gap: { fromSeq: mark + 1, toSeq: batch.first - 1 } }
}
