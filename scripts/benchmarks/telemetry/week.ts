/** Seven days without central: what they take on the card, and what is missing afterwards. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOutbox } from '#edge/telemetry/outbox.ts'
import type { RecordKind, WireRecord } from '#edge/wire/envelope.ts'
import type { BenchRow } from '../row.ts'
import { healthAt, usageAt } from './samples.ts'

export async function benchWeek(): Promise<BenchRow[]> {
  return []
}
