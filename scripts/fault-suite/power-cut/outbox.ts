/** What the outbox may never do: forget a record it accepted without counting it, hold one twice, or know more of central than it has rows. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import { openStore } from '#edge/telemetry/store.ts'
import type { Complaint } from '#edge/wire/complaint.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'
import type { WireRecord } from '#edge/wire/envelope.ts'
import { codeOf, sessionOf } from './facts.ts'
import { nothingFound, type Finding, type Subject } from './subject.ts'

export type OutboxLine =
  | { epoch: string }
  /** Facts numbered from `from` on in the telemetry lane, on disk. */
  | { t: number[]; from: number }
  /** One event, on disk. */
  | { e: number; fact: number }
  /** What central said it has, before the outbox was told. */
  | { acked: { t: number; e: number } }

/** Small enough that it fills up, drops and starts its log over many times in one recording. */
export const OUTBOX_OPTIONS = { bytesMax: 192 * 1024, groupSeconds: 3_600, ackedTailRecords: 50, clockTrust: () => 'ntp' as const }

export const outboxSubject: Subject = {
  name: 'outbox',
  program: join(import.meta.dirname, 'outbox-program.ts'),
  controls: ['off', 'normal', 'no-fsync'],
  leavesOut: (path) => path.endsWith('.ballast'),
  inspect(folder, lines) {
    const said = gather(lines as readonly OutboxLine[])
    const file = join(folder, 'outbox.db')
    const outbox = openOutbox({ ...OUTBOX_OPTIONS, file })
    let found: Finding
    try {
      found = compare(outbox, said)
      found.unreadable = readdirSync(folder).some((name) => name.includes('.damaged-'))
      // A file that can be read and not written would be half a promise.
      const before = outbox.bounds('e').hi
      outbox.record('session', sessionOf(0))
      if (outbox.bounds('e').hi !== before + 1) found.faults.push('it takes no event any more')
    } finally {
      outbox.close()
    }
    compareMarks(file, said, found)
    return found
  },
}

/** What the file says of central, read past the outbox: never more than central said, never more than there are rows. */
function compareMarks(file: string, said: Said, found: Finding): void {
  const store = openStore(file)
  try {
    const { marks, floor } = store.readNotes()
    for (const lane of ['t', 'e'] as const) {
      const hi = Math.max(store.range(lane)?.hi ?? 0, floor[lane])
      if (marks[lane] > hi) found.faults.push(`lane ${lane}: central's mark ${marks[lane]} is above the last row ${hi}`)
      if (marks[lane] > said.acked[lane]) found.faults.push(`lane ${lane}: the mark ${marks[lane]} is above what central said`)
    }
  } finally {
    store.close()
  }
}

type Said = { epoch?: string; t: Map<number, number>; e: Map<number, number>; acked: { t: number; e: number } }

function gather(lines: readonly OutboxLine[]): Said {
  const said: Said = { t: new Map(), e: new Map(), acked: { t: 0, e: 0 } }
  for (const line of lines) {
    if ('epoch' in line) said.epoch = line.epoch
    else if ('t' in line) for (const [i, fact] of line.t.entries()) said.t.set(line.from + i, fact)
    else if ('e' in line) said.e.set(line.e, line.fact)
    else said.acked = line.acked
  }
  return said
}

function compare(outbox: Outbox, said: Said): Finding {
  const found = nothingFound()
  const counters = outbox.counters()
  if (said.epoch !== undefined && outbox.epoch() !== said.epoch) found.faults.push('its epoch is another one')
  const all = (lane: 't' | 'e') => outbox.pending(lane, 0, Number.MAX_SAFE_INTEGER)
  for (const [lane, facts] of [
    ['t', said.t],
    ['e', said.e],
  ] as const) {
    const rows = new Map(all(lane).map((record) => [record.seq, factOf(record)]))
    const times = Map.groupBy(
      [...rows.values()].filter((fact) => fact !== undefined),
      (fact) => fact,
    )
    found.duplicated += [...times.values()].filter((same) => same.length > 1).length
    for (const [seq, fact] of facts) {
      found.accepted += 1
      const row = rows.get(seq)
      if (row === fact) found.stored += 1
      // Central has it: the box may have forgotten it.
      else if (row === undefined && seq <= said.acked[lane]) found.stored += 1
      else if (row === undefined && lane === 't') found.counted += 1
      else found.lost += 1
    }
    const highest = Math.max(0, ...facts.keys())
    if (outbox.bounds(lane).hi < highest)
      found.faults.push(`lane ${lane} would give the number ${outbox.bounds(lane).hi + 1} to a second fact`)
  }
  // Given up is only what is counted as given up.
  if (found.counted > counters.dropped) {
    found.lost += found.counted - counters.dropped
    found.counted = counters.dropped
  }
  return found
}

function factOf({ kind, body }: WireRecord): number | string | undefined {
  switch (kind) {
    case 'usage':
      return (body as Usage).downOctets
    case 'session':
      return (body as Session).downOctets
    case 'complaint':
      return factOfCode((body as Complaint).code)
    default:
      return undefined
  }
}

const facts = new Map<string, number>()
/** Codes are a fact's digits to the base of 32, lowest first; remembered, since every state asks again. */
function factOfCode(code: string): number {
  for (let fact = facts.size; !facts.has(code) && fact < 100_000; fact++) facts.set(codeOf(fact), fact)
  return facts.get(code) ?? -1
}
