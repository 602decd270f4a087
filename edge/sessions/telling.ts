import type { Recorder } from '../telemetry/port.ts'
import type { Session } from '../wire/session.ts'
import { stayUsed } from './rules.ts'
import type { Grant, VisitStore } from './store.ts'

/** A week of a busy hotspot with an outbox that takes nothing; beyond it the oldest ends are given up, and said so. */
const UNTOLD_MAX = 20_000

/**
 * Tells the outbox when stays begin and end. An outbox that is full must not shut the hotspot: the stay's own row is on
 * disk already, so what could not be told waits there and is told later.
 */
export function createTelling({ store, recorder, log }: { store: VisitStore; recorder: Recorder; log: (line: string) => void }) {
  const ended = new Map<string, Grant>()
  let refused = false

  /** @returns false when the outbox would not take it. */
  function told(grant: Grant, event: 'start' | 'stop'): boolean {
    try {
      recorder.record('session', sessionRecord(grant, event))
      refused = false
      return true
    } catch (error) {
      if (!refused) log(`outbox: sessions wait to be told: ${error instanceof Error ? error.message : String(error)}`)
      refused = true
      return false
    }
  }

  /** @returns false when it must be tried again. */
  function start(grant: Grant): boolean {
    grant.startTold ||= told(grant, 'start')
    return grant.startTold
  }

  function tellEnded(): void {
    const done: string[] = []
    for (const grant of ended.values()) {
      if (!start(grant) || !told(grant, 'stop')) break
      done.push(grant.id)
    }
    for (const id of done) ended.delete(id)
    if (done.length > 0) store.saveGrants([], done)
  }

  return {
    start,
    /** The row on disk says "told" already, so that a restart does not tell it twice; a refusal is put right there. */
    firstStart(grant: Grant): void {
      grant.startTold = told(grant, 'start')
      if (!grant.startTold) store.saveGrants([grant], [])
    },
    tellEnded,
    end(grant: Grant): void {
      ended.set(grant.id, grant)
      const oldest = ended.size > UNTOLD_MAX ? ended.keys().next().value : undefined
      if (oldest === undefined) return
      log(`outbox: gave up telling the end of ${oldest}`)
      ended.delete(oldest)
      store.dropGrant(oldest)
    },
  }
}

function sessionRecord(grant: Grant, event: 'start' | 'stop'): Session {
  return {
    id: grant.id,
    source: 'portal',
    event,
    device: grant.device,
    startedAt: grant.startedAt,
    // A stay that has ended is anchored at its end.
    seconds: event === 'start' ? 0 : Math.round(stayUsed(grant, grant.anchor)),
    upOctets: event === 'start' ? 0 : grant.upOctets,
    downOctets: event === 'start' ? 0 : grant.downOctets,
    ...(event === 'stop' && grant.endedCause !== undefined ? { cause: grant.endedCause } : {}),
  }
}
