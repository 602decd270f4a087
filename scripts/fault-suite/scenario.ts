/** One fault, done to the real thing, with the books of both ends compared afterwards. */

export type Books = {
  /** What the box said it has, by a ledger that is not the box's. */
  accepted: number
  stored: number
  /** Refused by central, with the reason written down. */
  quarantined: number
  /** Telemetry given up by a full outbox, and counted there. */
  counted: number
  lost: number
  duplicated: number
}

export type Outcome = Books & {
  /** What was done, in numbers: "24 kills". */
  faults: string
  notes: string[]
  /** Everything that must not be; a loss and a duplicate are added by the runner. */
  failures: string[]
}

export type FaultRun = {
  seed: number
  rounds: number
  /** Shorter waits of everything that waits. */
  smoke: boolean
}

export type Scenario = {
  name: string
  /** One line for --list. */
  what: string
  /** What one round is, and how many there are. */
  rounds: { unit: string; smoke: number; full: number }
  /** Why it cannot run here; undefined when it can. */
  missing?: () => string | undefined
  run(at: FaultRun): Promise<Outcome>
}

export const noBooks = (): Books => ({ accepted: 0, stored: 0, quarantined: 0, counted: 0, lost: 0, duplicated: 0 })

/** Books that balance: accepted = stored + quarantined + given up by count. */
export const imbalance = ({ accepted, stored, quarantined, counted, lost, duplicated }: Books): string[] => [
  ...(lost > 0 ? [`${lost} records were lost`] : []),
  ...(duplicated > 0 ? [`${duplicated} records are stored twice`] : []),
  ...(accepted === stored + quarantined + counted + lost
    ? []
    : [`accepted ${accepted} is not stored ${stored} + quarantined ${quarantined} + given up ${counted} + lost ${lost}`]),
]
