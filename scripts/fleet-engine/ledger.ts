/**
 * What each simulated box was told is safe, written down outside of the box and forced to disk before it counts. One text
 * file for each process of the fleet, only ever added to; verify.ts compares it with what central has.
 *
 *   + NODE EPOCH LANE SEQ FACT FACT …   committed together, numbered from SEQ; a fact is KIND:MONO:SUM or KIND:MONO:SUM:CODE
 *   i NODE                              an image of the card was made
 *   r NODE                              the card was taken out and the last image put in
 *   n NODE                              the card was taken out and an empty one put in
 */
import { closeSync, existsSync, fdatasyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { NewRow } from '#edge/telemetry/store.ts'
import { LANES, type Lane } from '#edge/wire/envelope.ts'

export const CARD_EVENTS = { image: 'i', restored: 'r', swapped: 'n' } as const
export type CardEvent = keyof typeof CARD_EVENTS

/** Two commits of the fastest box lie further apart; what is lost when the fleet itself is killed is not yet counted. */
const FLUSH_MILLISECONDS = 200

export type Ledger = ReturnType<typeof openLedger>

export function openLedger(file: string) {
  const isTorn = existsSync(file) && !endsWithLine(file)
  const handle = openSync(file, 'a', 0o600)
  /** A line cut short by the fleet's own end must not be read as a whole one. */
  let lines: string[] = isTorn ? [' torn\n'] : []
  let waiting = 0
  let counted = 0

  const flush = (): void => {
    if (lines.length === 0) return
    const text = lines.join('')
    const count = waiting
    lines = []
    waiting = 0
    writeSync(handle, text)
    fdatasyncSync(handle)
    counted += count
  }
  const timer = setInterval(flush, FLUSH_MILLISECONDS)

  return {
    told(node: string, epoch: string, rows: readonly NewRow[]): void {
      for (const lane of LANES) {
        const own = rows.filter((row) => row.lane === lane)
        if (own.length > 0) lines.push(`+ ${node} ${epoch} ${lane} ${own[0]!.seq} ${own.map(factOf).join(' ')}\n`)
      }
      waiting += rows.length
    },
    card(node: string, event: CardEvent): void {
      lines.push(`${CARD_EVENTS[event]} ${node}\n`)
    },
    flush,
    /** Facts on disk here. */
    counted: () => counted,
    close(): void {
      clearInterval(timer)
      flush()
      closeSync(handle)
    },
  }
}

function factOf({ kind, mono, body }: NewRow): string {
  const sum = sumOf(body)
  if (kind !== 'complaint') return `${kind}:${mono}:${sum}`
  return `${kind}:${mono}:${sum}:${(JSON.parse(body) as { code: string }).code}`
}

export const sumOf = (body: string): string => crc32(body).toString(16)

function endsWithLine(file: string): boolean {
  const { size } = statSync(file)
  if (size === 0) return true
  const handle = openSync(file, 'r')
  const last = Buffer.alloc(1)
  readSync(handle, last, 0, 1, size - 1)
  closeSync(handle)
  return last[0] === 0x0a
}

export type Fact = { node: string; epoch: string; lane: Lane; seq: number; kind: string; mono: number; sum: string; code: string | null }
export type LedgerLine = { kind: 'facts'; facts: Fact[] } | { kind: CardEvent; node: string }

/** Undefined for a line that the fleet did not finish before it was killed: what stands there was never counted. */
export function readLine(line: string): LedgerLine | undefined {
  const [mark, node, epoch, lane, first, ...facts] = line.split(' ')
  if (mark !== '+') {
    const event = (Object.keys(CARD_EVENTS) as CardEvent[]).find((name) => CARD_EVENTS[name] === mark)
    return event && node ? { kind: event, node } : undefined
  }
  const read = facts.map((fact, i): Fact | undefined => {
    const [kind, mono, sum, code = null] = fact.split(':')
    if (!node || !epoch || !kind || !mono || sum === undefined) return undefined
    return { node, epoch, lane: lane as Lane, seq: Number(first) + i, kind, mono: Number(mono), sum, code }
  })
  return read.length > 0 && read.every((fact) => fact !== undefined) ? { kind: 'facts', facts: read } : undefined
}
