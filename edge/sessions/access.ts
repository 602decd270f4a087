import type { Mac } from '../gate/port.ts'
import type { AccessPolicy, Block, Bypass, Group } from '../wire/policy.ts'
import type { SessionEndCause } from '../wire/session.ts'
import { dailyOctetsLeft, dailySecondsLeft, secondsLeft, speedOf, usedUp, type Account } from './allowance.ts'
import type { Daily } from './daily.ts'
import type { Holders } from './holders.ts'
import type { Moment, Now } from './moment.ts'
import type { Refusal } from './port.ts'
import { groupOf, isOver, rosterOf } from './roster.ts'
import { stayUsed } from './rules.ts'
import { AT_REST, regimeOf, type Regime } from './schedule.ts'
import type { Grant } from './store.ts'

/** What holds for a device at one moment. */
export type Ruling = {
  own: Group
  /** The own group's rules, or those that a schedule lends. */
  rules: Group
  regime: Regime
}

/** How a session stands. `seconds`: how long the gate may stay open for it, as things are now. */
export type Terms = Ruling & { account: Account; seconds: number; speed: ReturnType<typeof speedOf> }

/** The policy in force, asked about one device at this moment. */
export function createAccess(deps: {
  policy: AccessPolicy
  daily: Daily
  holders: Holders
  pseudonym: (mac: Mac) => string
  now: Now
  clockTrusted: () => boolean
}) {
  const { daily, holders, pseudonym, now, clockTrusted } = deps
  let roster = rosterOf(deps.policy)
  const regimes = new Map<string, Regime>()

  function regimeFor(group: string): Regime {
    if (!clockTrusted()) return AT_REST
    const { at } = now()
    let regime = regimes.get(group)
    if (!regime || at < regime.from || at >= regime.until) regimes.set(group, (regime = regimeOf(roster.policy.schedules, group, at)))
    return regime
  }

  function rulingOf(own: Group): Ruling {
    const regime = regimeFor(own.name)
    return { own, rules: (regime.lends === undefined ? undefined : roster.groups.get(regime.lends)) ?? own, regime }
  }

  const rulingFor = (mac: Mac, device: string, brought?: string): Ruling =>
    rulingOf(groupOf(roster, { mac, vouchers: holders.of(device), brought }, now().at, clockTrusted()))

  const inForce = <T extends { until: number }>(entry: T | undefined): T | undefined =>
    entry && !isOver(entry, now().at, clockTrusted()) ? entry : undefined

  const blockFor = (mac: Mac, device: string): Block | undefined =>
    inForce(roster.blockedMacs.get(mac)) ?? inForce(roster.blockedDevices.get(device))

  const bypassFor = (mac: Mac): Bypass | undefined => inForce(roster.bypass.get(mac))

  /** Seconds until a moment of the wall clock; without end for a box that does not know the time. */
  const secondsUntil = (at: number | undefined): number =>
    at === undefined || !clockTrusted() ? Infinity : Math.max(0, (at - now().at) / 1000)

  function bypassTerms(grant: Grant, account: Account): Terms {
    const entry = roster.bypass.get(grant.mac)
    const ruling = rulingOf((entry && roster.groups.get(entry.group)) ?? roster.publicGroup)
    const left = Math.min(account.grantedSeconds - account.spent.seconds, secondsUntil(entry?.until), secondsUntil(ruling.regime.closesAt))
    return {
      ...ruling,
      account,
      seconds: ruling.regime.closed ? 0 : Math.max(0, left),
      speed: speedOf(ruling.own, ruling.rules, account.today),
    }
  }

  return {
    roster: () => roster,
    use(policy: AccessPolicy): void {
      roster = rosterOf(policy)
      regimes.clear()
    },
    rulingFor,
    blockFor,
    /** Whether a device on the bypass list may pass now. */
    mayBypass(mac: Mac): boolean {
      const listed = bypassFor(mac)
      const group = listed && roster.groups.get(listed.group)
      return group !== undefined && !rulingOf(group).regime.closed && !blockFor(mac, pseudonym(mac))
    },
    /** Why this session may not go on; undefined when it may. */
    endOf(grant: Grant, { rules, regime, account }: Terms): SessionEndCause | undefined {
      if (blockFor(grant.mac, grant.device)) return 'blocked'
      const listed = bypassFor(grant.mac)
      // A machine that came on the list meanwhile begins anew, as what it is now.
      if (grant.source === 'portal' && listed) return 'policy'
      if (grant.source === 'bypass' && !listed) return roster.bypass.has(grant.mac) ? 'expired' : 'policy'
      if (regime.closed) return 'closed'
      return grant.source === 'bypass' ? undefined : usedUp(rules, account)
    },
    /** Seconds until a schedule begins or ends for somebody, or the day does. */
    nextEdge: (): number => Math.min(...[...roster.groups.keys()].map((group) => secondsUntil(regimeFor(group).until))),

    /** Why this device may not go online now; undefined when it may. */
    refusalOf(mac: Mac, brought?: string): Refusal | undefined {
      const device = pseudonym(mac)
      const block = blockFor(mac, device)
      if (block) return { why: 'blocked', until: block.until, ...(block.note === undefined ? {} : { note: block.note }) }
      const { rules, regime } = rulingFor(mac, device, brought)
      if (regime.closed) return { why: 'closed', ...regime.closed }
      const today = daily.of(device)
      if (dailySecondsLeft(rules, today) < SHORTEST_SECONDS) return { why: 'daily-time', until: daily.endsAt() }
      if (dailyOctetsLeft(rules, today) <= 0) return { why: 'daily-data', until: daily.endsAt() }
      return undefined
    },

    /** @param idleSeconds for how long its counters have been seen to stand still. */
    termsOf(grant: Grant, at: Moment, idleSeconds: number): Terms {
      const used = stayUsed(grant, at)
      const today = daily.of(grant.device)
      const account: Account = {
        grantedSeconds: grant.grantedSeconds + grant.carriedSeconds,
        spent: { seconds: used + grant.carriedSeconds, octets: grant.upOctets + grant.downOctets + grant.carriedOctets },
        today: { seconds: today.seconds + used - grant.talliedSeconds, octets: today.octets },
        idleSeconds,
      }
      if (grant.source === 'bypass') return bypassTerms(grant, account)
      const ruling = rulingFor(grant.mac, grant.device, grant.brought)
      const seconds = ruling.regime.closed ? 0 : Math.min(secondsLeft(ruling.rules, account), secondsUntil(ruling.regime.closesAt))
      return { ...ruling, account, seconds, speed: speedOf(ruling.own, ruling.rules, account.today) }
    },
  }
}

export type Access = ReturnType<typeof createAccess>

/** A session shorter than this is over before its page is: the day's time then counts as used up. */
const SHORTEST_SECONDS = 1
