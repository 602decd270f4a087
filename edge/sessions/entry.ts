/** How sessions come to be: through the welcome page, from another address, from another box, or from the bypass list. Pure. */
import { randomBytes } from 'node:crypto'
import type { Mac } from '../gate/port.ts'
import type { Terms } from './access.ts'
import { newResumeCode } from './codes.ts'
import type { Moment } from './moment.ts'
import type { Roaming, RoamedVisit } from './port.ts'
import { stayLeft } from './rules.ts'
import type { Grant } from './store.ts'

/** A session about to begin: everything but what letting it in will give it. */
export type Entry = Pick<
  Grant,
  'mac' | 'source' | 'brought' | 'grantedSeconds' | 'carriedSeconds' | 'carriedOctets' | 'code' | 'codeTag' | 'addresses'
>

/** A bypass is renewed when half of it is over: it outlives a box whose edge is dead for half a day, and not for ever. */
export const BYPASS_SECONDS = 86_400

const NOTHING_CARRIED = { carriedSeconds: 0, carriedOctets: 0 }

export function freshEntry(mac: Mac, grantedSeconds: number, roaming: Roaming | undefined): Entry {
  const code = newResumeCode()
  return { mac, source: 'portal', grantedSeconds, ...NOTHING_CARRIED, code, codeTag: roaming?.codeTag(code) }
}

/** The rest of a session that ran under another address of this box. */
export function movedEntry(mac: Mac, from: Grant, at: Moment): Entry {
  const left = stayLeft(from, at)
  return {
    mac,
    source: 'portal',
    brought: from.group,
    grantedSeconds: left,
    carriedSeconds: from.carriedSeconds + from.grantedSeconds - left,
    carriedOctets: from.carriedOctets + from.upOctets + from.downOctets,
    code: from.code,
    codeTag: from.codeTag,
  }
}

/** The rest of a session that ran at another box; what was used of it there follows from what is left of its group's time. */
export function roamedEntry(mac: Mac, visit: RoamedVisit, sessionSeconds: number): Entry {
  const grantedSeconds = Math.min(visit.secondsLeft, sessionSeconds)
  return {
    mac,
    source: 'portal',
    brought: visit.group,
    grantedSeconds,
    carriedSeconds: sessionSeconds - grantedSeconds,
    carriedOctets: visit.octets,
    codeTag: visit.code,
  }
}

export const bypassEntry = (mac: Mac): Entry => ({ mac, source: 'bypass', grantedSeconds: BYPASS_SECONDS, ...NOTHING_CARRIED })

export function grantOf(entry: Entry, of: { clientId: number; device: string; at: Moment }): Grant {
  return {
    ...entry,
    id: `${entry.source === 'bypass' ? 'b' : 'p'}-${randomBytes(12).toString('hex')}`,
    device: of.device,
    group: 'public',
    clientId: of.clientId,
    startedAt: of.at.at,
    usedSeconds: 0,
    anchor: of.at,
    upOctets: 0,
    downOctets: 0,
    upReading: 0,
    downReading: 0,
    talliedSeconds: 0,
    startTold: true,
  }
}

/** What the other boxes need to let this visitor go on there. */
export const visitOf = (codeTag: string, { own, account }: Terms): RoamedVisit => ({
  code: codeTag,
  group: own.name,
  secondsLeft: Math.max(0, Math.floor(account.grantedSeconds - account.spent.seconds)),
  octets: account.spent.octets,
  today: { seconds: Math.min(DAY_SECONDS, Math.round(account.today.seconds)), octets: account.today.octets },
})

/** The wire's bound. */
const DAY_SECONDS = 86_400
