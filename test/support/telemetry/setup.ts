/** What the processes of a telemetry story are told when they start. */
import type { BrokerChoice } from '#central/noc/noc.ts'
import type { UplinkTimes } from '#edge/telemetry/connection.ts'
import type { Failpoint, Hotspot } from '#central/noc/ingest/store-port.ts'

export type CentralSetup = {
  file: string
  complaintsFile: string
  broker: BrokerChoice
  hotspots: (Hotspot & { token: string })[]
  /** Ends itself by SIGKILL when the named point of a commit is reached for the nth time. */
  die?: { at: Parameters<Failpoint>[0]; nth: number }
}

export type BoxSetup = {
  node: string
  token: string
  url: string
  outboxFile: string
  /** Where the box's user writes what was accepted, each line forced to disk after the outbox said so. */
  ledgerFile: string
  /** Makes ids unique across the box's lives. */
  life: number
  /** Cap of the outbox. */
  bytesMax?: number
  /** One session, and one usage record with it, this often. */
  everyMilliseconds?: number
  /** Usage records for each session. */
  usageEach?: number
  times?: Partial<UplinkTimes>
}

/** The box's last words: what it numbered, and what it gave up and counted. */
export type BoxEnd = { epoch: string; t: number; e: number; dropped: number; refused: number }

/** One line of the ledger. */
export type Accepted = { usage: number } | { session: string } | { complaint: string }
