/** The little that the simulated city must not forget between two starts; what its boxes have to say rests on their cards. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'

const CityState = Type.Object({
  v: Type.Literal(1),
  base: Type.Integer({ minimum: 0 }),
  everySeconds: Type.Integer({ minimum: 1 }),
  /** Names this city; another one begins with empty cards. */
  generation: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  savedAt: Type.Integer({ minimum: 0 }),
  /** Starts so far. */
  starts: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Version of the access policy each box last took; absent in a state of before there were any. */
  settings: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
  /** Boxes that had a past when this was saved. */
  nodes: Type.Optional(Type.Array(Type.String())),
  /** Of a state of before boxes had cards; its keys are the boxes that had a past. */
  events: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type CityState = Static<typeof CityState>

const schema = Compile(CityState)

/**
 * The state to go on with, or a new one that begins `backfillMilliseconds` ago: at the first start, when the rhythm was
 * changed, and when the city stood still for longer than would be filled in.
 */
export function loadState(
  file: string,
  now: number,
  everySeconds: number,
  backfillMilliseconds: number,
): { state: CityState; isNew: boolean } {
  const kept = readState(file)
  if (kept && kept.everySeconds === everySeconds && kept.savedAt <= now && now - kept.savedAt < backfillMilliseconds)
    return { state: kept, isNew: false }
  const generation = randomBytes(8).toString('hex')
  const base = now - backfillMilliseconds
  return { state: { v: 1, base: base - (base % 60_000), everySeconds, generation, savedAt: now, settings: {} }, isNew: true }
}

/** From when on a box without a card has a past to tell: a new one as far back as the city goes, another since the city was last seen. */
export function pastBegins(state: CityState, node: string): number {
  const known = state.nodes ?? Object.keys(state.events ?? {})
  return known.includes(node) ? state.savedAt : state.base
}

function readState(file: string): CityState | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return schema.Check(value) ? value : undefined
  } catch {
    // Absent or torn: nothing real is lost, the city begins anew.
    return undefined
  }
}

export function saveState(file: string, state: CityState, now: number): void {
  state.savedAt = now
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
