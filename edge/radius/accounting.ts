/**
 * What accounting records do to a session. RFC 2866, counters beyond 32 bits by RFC 2869 §5.1-5.2. Pure.
 *
 * Access points resend, reorder, lose and double records, and reuse session ids after a restart, so: counters only ever
 * grow, any record may be the first one heard of a session, and whatever arrives late is folded in.
 */

/** No MAC known, so no pseudonym: the access point sent no usable Calling-Station-Id. */
export const UNKNOWN_DEVICE = '0000000000000000'
/** How far apart two lives of one Acct-Session-Id must be to be told from one life with late records. */
const REUSE_AFTER_MS = 300_000
/** Reports of usage while a session runs: not more often than just under the interval we ask for. */
export const UPDATE_EVERY_MS = 240_000
/** Three interims of 300 s missed, and a little. */
export const SILENT_AFTER_MS = 960_000
/** An access point that sends no interims at all is silent by habit; a day later its Stop is not coming. */
const SILENT_WITHOUT_INTERIMS_MS = 86_400_000
/** One year, the wire's bound. */
const SECONDS_MAX = 31_536_000

export type SessionRecord = {
  status: 'Start' | 'Interim-Update' | 'Stop'
  /** Whose session ids these are: one access point as one configured client. */
  nasKey: string
  nas: string
  acctSessionId: string
  /** Identity of (nasKey, acctSessionId), fit for `id` on the wire. */
  sessionKey: string
  /** A pseudonym, or UNKNOWN_DEVICE. */
  device: string
  /** Unix milliseconds when it happened: received, less Acct-Delay-Time. */
  at: number
  acctSessionTimeSeconds: number | undefined
  inputOctets: number
  outputOctets: number
  acctTerminateCause: string | undefined
  /** From Class: what we said when we let it in. Undefined when the access point does not return it, or it was not ours. */
  account: string | undefined
  group: string | undefined
  /** Address the record came from. */
  source: string
}
export type RestartRecord = { status: 'Accounting-On' | 'Accounting-Off'; nasKey: string; at: number }
export type AccountingRecord = SessionRecord | RestartRecord

export type AcctSession = {
  sessionKey: string
  /** Counts the lives of one Acct-Session-Id. */
  generation: number
  nasKey: string
  nas: string
  acctSessionId: string
  device: string
  startedAt: number
  /** The latest moment any record spoke of. */
  heardAt: number
  seconds: number
  /** RFC 2866 §5.3: Input is what came from the user. */
  upOctets: number
  downOctets: number
  interims: number
  /** Null while it runs. */
  stoppedAt: number | null
  cause: string | null
  /** stop: the access point said so. restart, silence: we concluded it, and a later record may prove us wrong. */
  stoppedBy: 'stop' | 'restart' | 'silence' | null
  /** Event time of the last update reported, 0 for none. */
  updateReportedAt: number
  /** Null while no record brought a Class of ours. */
  account: string | null
  group: string | null
  source: string
}

export type Report = { event: 'start' | 'update' | 'stop'; session: AcctSession }
/** The sessions to write and what to tell, in order. */
export type Accounted = { sessions: AcctSession[]; reports: Report[] }

/** `previous` is the latest life of the record's session key. */
export function account(previous: AcctSession | undefined, record: SessionRecord): Accounted {
  if (previous === undefined) return begin(record, 0)
  if (!isAnotherLife(previous, record)) return fold(previous, record)
  const next = begin(record, previous.generation + 1)
  if (previous.stoppedAt !== null) return next
  const ended = endByInference(previous, 'restart', previous.heardAt)
  return { sessions: [ended, ...next.sessions], reports: [{ event: 'stop', session: ended }, ...next.reports] }
}

/** Accounting-On or -Off: whatever began before it on that access point is over (RFC 2866 §5.1). Undefined when not touched. */
export function endForRestart(session: AcctSession, record: RestartRecord): AcctSession | undefined {
  return session.stoppedAt === null && session.startedAt < record.at ? endByInference(session, 'restart', record.at) : undefined
}

/** Undefined while the session may still be alive. */
export function endForSilence(session: AcctSession, now: number): AcctSession | undefined {
  const patience = session.interims > 0 ? SILENT_AFTER_MS : SILENT_WITHOUT_INTERIMS_MS
  return session.stoppedAt === null && now - session.heardAt > patience ? endByInference(session, 'silence', session.heardAt) : undefined
}

function begin(record: SessionRecord, generation: number): Accounted {
  const stopped = record.status === 'Stop'
  const session: AcctSession = {
    sessionKey: record.sessionKey,
    generation,
    nasKey: record.nasKey,
    nas: record.nas,
    acctSessionId: record.acctSessionId,
    device: record.device,
    startedAt: Math.max(0, beganAt(record)),
    heardAt: record.at,
    seconds: Math.min(SECONDS_MAX, record.acctSessionTimeSeconds ?? 0),
    upOctets: record.inputOctets,
    downOctets: record.outputOctets,
    interims: record.status === 'Interim-Update' ? 1 : 0,
    stoppedAt: stopped ? record.at : null,
    cause: stopped ? (record.acctTerminateCause ?? null) : null,
    stoppedBy: stopped ? 'stop' : null,
    updateReportedAt: record.status === 'Interim-Update' ? record.at : 0,
    account: record.account ?? null,
    group: record.group ?? null,
    source: record.source,
  }
  // A session first heard of at its Stop still has a beginning to tell: every session starts once.
  const reports: Report[] = [{ event: 'start', session }]
  if (stopped) reports.push({ event: 'stop', session })
  return { sessions: [session], reports }
}

function fold(previous: AcctSession, record: SessionRecord): Accounted {
  const session: AcctSession = {
    ...previous,
    device: previous.device === UNKNOWN_DEVICE ? record.device : previous.device,
    // Only a Start knows better; begin times computed from an interim wander by a second.
    startedAt: record.status === 'Start' ? Math.max(0, Math.min(previous.startedAt, beganAt(record))) : previous.startedAt,
    heardAt: Math.max(previous.heardAt, record.at),
    seconds: Math.max(previous.seconds, secondsOf(record, previous)),
    upOctets: Math.max(previous.upOctets, record.inputOctets),
    downOctets: Math.max(previous.downOctets, record.outputOctets),
    interims: previous.interims + (record.status === 'Interim-Update' ? 1 : 0),
    account: record.account ?? previous.account,
    group: record.group ?? previous.group,
    source: record.source,
  }
  const grew = session.seconds > previous.seconds || session.upOctets > previous.upOctets || session.downOctets > previous.downOctets
  const event =
    record.status === 'Stop'
      ? foldStop(session, record, grew)
      : record.status === 'Interim-Update'
        ? foldInterim(session, record, grew)
        : undefined
  return { sessions: [session], reports: event === undefined ? [] : [{ event, session }] }
}

function foldStop(session: AcctSession, record: SessionRecord, grew: boolean): Report['event'] | undefined {
  if (session.stoppedBy === 'stop') return grew ? 'stop' : undefined
  session.stoppedAt = record.at
  session.stoppedBy = 'stop'
  session.cause = record.acctTerminateCause ?? null
  return 'stop'
}

function foldInterim(session: AcctSession, record: SessionRecord, grew: boolean): Report['event'] | undefined {
  // Late, after the Stop: the sum may still grow, the session stays stopped.
  if (session.stoppedBy === 'stop') return grew ? 'stop' : undefined
  if (session.stoppedAt !== null) {
    if (!grew) return undefined
    session.stoppedAt = null
    session.stoppedBy = null
    session.cause = null
  } else if (Math.abs(record.at - session.updateReportedAt) < UPDATE_EVERY_MS) return undefined
  session.updateReportedAt = record.at
  return 'update'
}

/** Whether a restarted access point has given an old session id to a new session. */
function isAnotherLife(previous: AcctSession, record: SessionRecord): boolean {
  if (record.status !== 'Start') {
    // A counter that went on rising is the same session, whatever a corrected clock makes of its begin.
    if (record.acctSessionTimeSeconds === undefined || record.acctSessionTimeSeconds >= previous.seconds) return false
  }
  const began = beganAt(record)
  // Told of the restart, we need not wonder: nothing from before it can begin after it.
  if (previous.stoppedBy === 'restart' && previous.stoppedAt !== null) return began >= previous.stoppedAt
  return began > (previous.stoppedAt ?? previous.heardAt) + REUSE_AFTER_MS
}

const endByInference = (session: AcctSession, stoppedBy: 'restart' | 'silence', stoppedAt: number): AcctSession => ({
  ...session,
  stoppedAt,
  stoppedBy,
  cause: stoppedBy === 'restart' ? 'NAS Reboot' : 'no interim',
})

const beganAt = (record: SessionRecord): number => record.at - (record.acctSessionTimeSeconds ?? 0) * 1000

/** Acct-Session-Time is optional (RFC 2866 §5.7): a Stop without it still knows when it happened. */
function secondsOf(record: SessionRecord, previous: AcctSession): number {
  const seconds = record.acctSessionTimeSeconds ?? (record.status === 'Stop' ? Math.round((record.at - previous.startedAt) / 1000) : 0)
  return Math.min(SECONDS_MAX, Math.max(0, seconds))
}
