import type { Recorder } from '../telemetry/port.ts'
import type { Session } from '../wire/session.ts'
import type { Keeping } from './keeping.ts'
import { stayUsed } from './rules.ts'
import type { Grant } from './store.ts'

/** A week of a busy hotspot with an outbox that takes nothing; beyond it the oldest ends are given up, and said so. */
const UNTOLD_MAX = 20_000

/**
 * Tells the outbox when stays begin and end. An outbox that is full must not shut the hotspot: the stay's own row is on
 * disk already, so what could not be told waits there and is told later.
 */
export function createTelling({ keeping, recorder, log }: { keeping: Keeping; recorder: Recorder; log: (line: string) => void }) {
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
    if (grant.startTold) return true
    grant.startTold = told(grant, 'start')
    if (grant.startTold) keeping.grant(grant)
    return grant.startTold
  }

  function tellEnded(): void {
    for (const grant of ended.values()) {
      if (!start(grant) || !told(grant, 'stop')) break
      ended.delete(grant.id)
      keeping.grantGone(grant.id)
    }
    keeping.save()
  }

  return {
    start,
    /** The row on disk says "told" already, so that a restart does not tell it twice; a refusal is put right there. */
    firstStart(grant: Grant): void {
      grant.startTold = told(grant, 'start')
      if (!grant.startTold) keeping.grant(grant)
      keeping.save()
    },
    tellEnded,
    end(grant: Grant): void {
      ended.set(grant.id, grant)
      const oldest = ended.size > UNTOLD_MAX ? ended.keys().next().value : undefined
      if (oldest === undefined) return
      log(`outbox: gave up telling the end of ${oldest}`)
      ended.delete(oldest)
      keeping.grantGone(oldest)
    },
  }
}

/** The wire's bound on one session: a year. */
const SECONDS_MAX = 31_536_000

function sessionRecord(grant: Grant, event: 'start' | 'stop'): Session {
  return {
    id: grant.id,
    source: grant.source,
    event,
    device: grant.device,
    startedAt: Math.max(0, grant.startedAt),
    // A stay that has ended is anchored at its end.
    seconds: event === 'start' ? 0 : Math.min(SECONDS_MAX, Math.round(stayUsed(grant, grant.anchor))),
    upOctets: event === 'start' ? 0 : grant.upOctets,
    downOctets: event === 'start' ? 0 : grant.downOctets,
    ...(event === 'stop' && grant.endedCause !== undefined ? { cause: grant.endedCause } : {}),
    group: grant.group,
  }
}

export type Telling = ReturnType<typeof createTelling>
