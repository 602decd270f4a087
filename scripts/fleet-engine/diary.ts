/** What a simulated box has to say, and when. The engine knows no more of life in a city than this. */
import type { OutboxCounters } from '#edge/telemetry/outbox.ts'
import type { RecordKind } from '#edge/wire/envelope.ts'
import type { Health } from '#edge/wire/health.ts'
import type { RecordBodies } from '#edge/wire/schemas.ts'
import type { Usage } from '#edge/wire/usage.ts'

export type Said = { [K in RecordKind]: { kind: K; body: RecordBodies[K] } }[RecordKind]

/** What a box knows of itself, for its health. Times are the city's. */
export type Self = { bootedAt: number; outbox: OutboxCounters }

export type Diary = {
  /** When the box next looks about itself, after that moment. */
  nextAt(after: number): number
  /** What it writes down at a look that ends then. */
  at(end: number, self: Self): Said[]
  /** The newest samples, for the live status. */
  latest(now: number, self: Self): { usage?: Usage; health?: Health }
}
