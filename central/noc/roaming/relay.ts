/**
 * Passes visits on to the other boxes of the kelurahan (edge/wire/visit.ts): what happened, gathered for a moment, and to a
 * box that says hello all that still run. What is told is read from disk, after the commit: it does not matter which process
 * took a visit in, and a restart forgets none. A simulated box's visits never reach a real one, nor the other way round.
 */
import type { KeyObject } from 'node:crypto'
import { encodePacket } from '#edge/wire/envelope.ts'
import { signFor } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { VISITS_MAX, type Visit, type Visits } from '#edge/wire/visit.ts'
import type { ActiveVisit, Hotspot, TelemetryStore, VisitMove } from '../ingest/store-port.ts'

/** One message per box in this time, however many visits: a person walks to the next hotspot in minutes. */
const GATHER_MS = 2_000
/** A box that says hello without end does not make central read and sign without end. */
const HELLO_EVERY_MS = 5_000
/** A whole city coming back after a power cut asks for 27 lists, not for 2,500. */
const LIST_MS = 1_000

type VisitOnTheWay = Visits['visits'][number]
type Place = Pick<Hotspot, 'kelurahan' | 'simulated'>

export function createRelay(deps: {
  store: Pick<TelemetryStore, 'activeVisits' | 'hotspots'>
  signingKey: KeyObject
  publish(topic: string, payload: Buffer): Promise<void>
  /** False for a box that is known to be away: its hello asks for everything. */
  reachable(node: string): boolean
  onProblem: (what: string, error: unknown) => void
  now: () => number
  gatherMs?: number
}) {
  const { store, now } = deps
  /** By place and session: what was said last. */
  const waiting = new Map<string, Place & { moves: Map<string, VisitMove> }>()
  const lists = new Map<string, { at: number; list: Promise<ActiveVisit[]> }>()
  const toldAt = new Map<string, number>()
  /** Hellos that came too soon after the last one. */
  const postponed = new Map<string, NodeJS.Timeout>()
  let timer: NodeJS.Timeout | undefined
  let telling: Promise<void> | undefined
  let stopped = false

  const listOf = ({ kelurahan, simulated }: Place, freshest: boolean): Promise<ActiveVisit[]> => {
    const key = `${kelurahan} ${simulated}`
    const known = lists.get(key)
    if (known && !freshest && now() - known.at < LIST_MS) return known.list
    const list = store.activeVisits(kelurahan, simulated, now())
    list.catch(() => lists.delete(key))
    lists.set(key, { at: now(), list })
    return list
  }

  async function send(node: string, visits: readonly VisitOnTheWay[]): Promise<void> {
    const topic = nodeTopic(node, 'v')
    for (let i = 0; i < visits.length; i += VISITS_MAX) {
      const message: Visits = { v: 1, sentAt: now(), visits: visits.slice(i, i + VISITS_MAX) }
      await deps.publish(topic, encodePacket(signFor(topic, message, deps.signingKey)))
    }
  }

  async function tellAll(): Promise<void> {
    const places = [...waiting.values()]
    waiting.clear()
    const hotspots = await store.hotspots()
    for (const place of places) {
      const news = newsOf(place.moves, await listOf(place, true), now())
      if (news.length === 0) continue
      const there = hotspots.filter(({ kelurahan, simulated }) => kelurahan === place.kelurahan && simulated === place.simulated)
      for (const { node } of there) {
        const others = news.filter(({ from }) => from !== node)
        if (others.length === 0 || !deps.reachable(node)) continue
        // The box is away after all: it will ask by its hello.
        await send(node, others).catch((error: unknown) => deps.onProblem(`visits to ${node}`, error))
      }
    }
  }

  async function answer({ node, kelurahan, simulated }: Hotspot): Promise<void> {
    toldAt.set(node, now())
    const running = await listOf({ kelurahan, simulated }, false)
    await send(
      node,
      running.filter((visit) => visit.node !== node).flatMap((visit) => asBegun(visit, now())),
    )
  }

  function schedule(): void {
    if (timer || stopped) return
    timer = setTimeout(() => {
      telling = tellAll()
        .catch((error: unknown) => deps.onProblem('visits were not passed on', error))
        .finally(() => {
          timer = undefined
          if (waiting.size > 0) schedule()
        })
    }, deps.gatherMs ?? GATHER_MS)
  }

  return {
    onVisits(moves: readonly VisitMove[]): void {
      for (const move of moves) {
        const { kelurahan, simulated } = move
        const key = `${kelurahan} ${simulated}`
        const place = waiting.get(key) ?? { kelurahan, simulated, moves: new Map<string, VisitMove>() }
        place.moves.set(move.visit.code, move)
        waiting.set(key, place)
      }
      schedule()
    },
    async onHello(hotspot: Hotspot): Promise<void> {
      const { node } = hotspot
      const wait = (toldAt.get(node) ?? -Infinity) + HELLO_EVERY_MS - now()
      if (wait <= 0) return answer(hotspot)
      // Later, not never: what happened while its line was down is in no other message.
      if (postponed.has(node) || stopped) return
      const later = () => {
        postponed.delete(node)
        answer(hotspot).catch((error: unknown) => deps.onProblem(`visits to ${node}`, error))
      }
      postponed.set(node, setTimeout(later, Math.min(wait, HELLO_EVERY_MS)))
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      for (const waits of postponed.values()) clearTimeout(waits)
      await telling
    },
  }
}

/**
 * Of each session that was spoken of: that it runs, if it does, or else that it is over. A box that a visitor moved away from
 * may say "end" afterwards; the session goes on elsewhere, and nobody is told otherwise. Pure.
 */
export function newsOf(moves: ReadonlyMap<string, VisitMove>, running: readonly ActiveVisit[], now: number): VisitOnTheWay[] {
  const byCode = new Map(running.map((visit) => [visit.code, visit]))
  return [...moves.values()].flatMap((move) => {
    const runs = byCode.get(move.visit.code)
    if (runs) return asBegun(runs, now)
    return move.visit.event === 'end' ? [{ ...move.visit, from: move.node }] : []
  })
}

/** Whole seconds, rounded down: nobody gains a second by walking. Nothing when less than one is left. */
function asBegun(visit: ActiveVisit, now: number): VisitOnTheWay[] {
  const { tag, code, group, octets, todaySeconds, todayOctets, node } = visit
  const secondsLeft = Math.floor((visit.endsAt - now) / 1_000)
  if (secondsLeft < 1) return []
  const event: Visit['event'] = 'begin'
  return [{ event, tag, code, group, secondsLeft, octets, today: { seconds: todaySeconds, octets: todayOctets }, from: node }]
}
