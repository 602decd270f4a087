/**
 * Sessions that must end or change at their access point: asked for, retried, confirmed, remembered. What is not yet settled
 * outlives a restart; which device it is about does not rest on the disk, so after one only Acct-Session-Id is left to say.
 */
import type { Notices } from '../../telemetry/port.ts'
import type { AccountingRecord, AcctSession } from '../accounting.ts'
import { integerAttribute } from '../attributes.ts'
import type { Client, ClientTable } from '../clients.ts'
import type { Counters } from '../counters.ts'
import { limitAttributes } from '../limits.ts'
import type { Attribute, Packet } from '../packet.ts'
import type { Rules } from '../rules.ts'
import { identify, identifyById } from './request.ts'
import type { Requester } from './requester.ts'
import { afterEvent, isSettled, newChange, type Change, type ChangeEvent, type ChangeKind, type ChangeReason } from './rules.ts'
import type { ChangeStore } from './store.ts'

/** As many sessions as access points of a box hold; some 300 octets each. */
const RECORDS_MAX = 4096
/** What is kept to be told; the store keeps fewer. */
const CHANGES_MAX = 4096
/** Of one tick; the rest follows in the next, so that an access point is not flooded. */
const SENT_AT_ONCE_MAX = 64

export type ChangeParts = {
  store: ChangeStore
  session: (sessionKey: string) => AcctSession | undefined
  clients: ClientTable
  requester: Requester
  rules: Rules
  notices: Notices | undefined
  count: Counters
  now: () => number
}

export type Changes = {
  ask(session: AcctSession, kind: ChangeKind, reason: ChangeReason): void
  /** A record of accounting that is on disk. */
  heard(record: AccountingRecord, packet: Packet): void
  /** Sends what is due. */
  tick(): void
  /** The newest first. */
  list(): Change[]
}

export function openChanges(parts: ChangeParts): Changes {
  const { store, session: sessionOf, clients, requester, rules, notices, count, now } = parts
  /** By session and kind. */
  const changes = new Map<string, Change>()
  const running = new Map<string, Set<string>>()
  /** The last record of each session, for what identifies it; in memory only. */
  const records = new Map<string, Packet>()

  const keep = (next: Change, before: Change | undefined): void => {
    const key = keyOf(next)
    changes.delete(key)
    changes.set(key, next)
    if (changes.size > CHANGES_MAX) forgetOldest(changes)
    if (isSettled(next)) running.get(next.sessionKey)?.delete(key)
    else running.set(next.sessionKey, (running.get(next.sessionKey) ?? new Set()).add(key))
    if (running.get(next.sessionKey)?.size === 0) running.delete(next.sessionKey)
    if (next.state === before?.state) return
    if (!store.put(next)) count.fault('store-failed')
    if (next.state === 'refused' || next.state === 'silent')
      notices?.tell('radius-change-failed', { detail: `${next.kind} (${next.reason}): ${next.state}, ${next.detail ?? ''}` })
  }
  for (const row of store.all().toReversed()) {
    // Asked anew from the beginning: what was said before the restart was said to another process.
    const change: Change = { ...row, attempts: isSettled({ ...row, rounds: 1, nextAt: 0 }) ? row.attempts : 0, rounds: 1, nextAt: 0 }
    keep(change, change)
  }

  const take = (key: string, event: ChangeEvent): void => {
    const change = changes.get(key)
    if (change) keep(afterEvent(change, event, now()), change)
  }

  const send = (key: string, change: Change): void => {
    const session = sessionOf(change.sessionKey)
    if (!session || session.generation !== change.generation || session.stoppedAt !== null)
      return take(key, { is: 'record', status: 'Stop' })
    const client = clients.find(session.source)
    if (!client || client.changePort === 0) return keep(refused(change, 'it takes no changes', now()), change)
    const record = records.get(session.sessionKey)
    const sent = requester.send(
      { address: session.source, port: client.changePort, secret: client.secret },
      {
        kind: change.kind,
        identification: record ? identify(record, client.vendor) : identifyById(session.acctSessionId),
        attributes: change.kind === 'coa' ? newLimits(session, client, rules) : [],
        eventTimestamp: Math.floor(now() / 1000),
      },
      (answer) => take(key, answer),
    )
    if (sent) take(key, { is: 'sent' })
  }

  return {
    ask(session, kind, reason) {
      const client = clients.find(session.source)
      if (kind === 'coa' && client && newLimits(session, client, rules).length === 0) return
      const change = newChange({ sessionKey: session.sessionKey, generation: session.generation, kind, reason }, now())
      const before = changes.get(keyOf(change))
      // One that is still under way goes on; one that was refused is not tried for ever, except by a person.
      if (before && !isSettled(before) && kind === 'disconnect') return
      if (before?.generation === session.generation && before.state === 'refused' && kind === 'disconnect' && reason !== 'asked') return
      keep(change, undefined)
    },
    heard(record, packet) {
      if (!('sessionKey' in record)) return
      const { sessionKey, status } = record
      if (status === 'Stop') records.delete(sessionKey)
      else remember(records, sessionKey, packet)
      for (const key of running.get(sessionKey) ?? []) take(key, { is: 'record', status })
    },
    tick() {
      const at = now()
      let sent = 0
      for (const keys of running.values())
        for (const key of keys) {
          const change = changes.get(key)!
          if (change.state !== 'asking' || change.nextAt > at) continue
          if (sent++ >= SENT_AT_ONCE_MAX) return
          send(key, change)
        }
    },
    list: () => [...changes.values()].toSorted((a, b) => b.askedAt - a.askedAt),
  }
}

/** The one that nothing has happened to for longest and that is over. */
function forgetOldest(changes: Map<string, Change>): void {
  for (const [key, change] of changes) if (isSettled(change)) return void changes.delete(key)
}

const keyOf = ({ sessionKey, kind }: Pick<Change, 'sessionKey' | 'kind'>): string => `${sessionKey} ${kind}`

const refused = (change: Change, detail: string, at: number): Change => ({ ...change, state: 'refused', settledAt: at, detail })

function remember(records: Map<string, Packet>, sessionKey: string, packet: Packet): void {
  if (!records.has(sessionKey) && records.size >= RECORDS_MAX) {
    const [oldest] = records.keys()
    if (oldest !== undefined) records.delete(oldest)
  }
  records.set(sessionKey, packet)
}

function newLimits({ group: name }: AcctSession, { vendor }: Client, rules: Rules): Attribute[] {
  if (name === null) return []
  const { group } = rules.rule({ account: '', group: name })
  if (!group) return []
  const limits = limitAttributes(vendor, { group: group.name, rate: group.rate, sessionOctets: group.sessionOctets })
  return group.idleSeconds === undefined || limits.length === 0 ? limits : [...limits, integerAttribute('Idle-Timeout', group.idleSeconds)]
}
