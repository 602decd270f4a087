/** What the processes of a telemetry story are told when they start. */
import type { BrokerChoice } from '#central/noc/noc.ts'
import type { Hotspot } from '#central/noc/ingest/store-port.ts'

export type CentralSetup = {
  file: string
  complaintsFile: string
  broker: BrokerChoice
  hotspots: (Hotspot & { token: string })[]
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
}

/** One line of the ledger. */
export type Accepted = { usage: number } | { session: string } | { complaint: string }
