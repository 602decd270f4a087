/** The access policy in force, asked about RADIUS logins: groups, schedules, lists, vouchers. The clock apart, pure. */
import { findVoucher, readCode } from '../sessions/codes.ts'
import { isOver, rosterOf, type Roster } from '../sessions/roster.ts'
import { AT_REST, regimeOf, type Regime } from '../sessions/schedule.ts'
import type { AccessPolicy, Block, Group, Voucher } from '../wire/policy.ts'
import type { Grant } from './authorize.ts'

/** `seconds`: how long at most; Infinity where nothing but our own default bounds it. */
export type Ruling = { closed: { note?: string } | undefined; group: Group | undefined; seconds: number }

export type Rules = {
  /** What holds now for whoever was granted this. */
  rule(grant: Grant): Ruling
  /** A machine on one of the policy's lists, by its address. */
  deviceGroup(mac: string): { group: string; until: number } | undefined
  /** By its pseudonym, whichever way the policy names it. */
  isBlocked(device: string): boolean
  /** Costs a hash for each voucher there is. Undefined for none, or one that is over. */
  voucher(typed: string): Voucher | undefined
  /** Changes with every new policy. */
  policy(): AccessPolicy
}

type Options = { policy: () => AccessPolicy; pseudonym: (mac: string) => string; now: () => number; clockTrusted: () => boolean }

const UNBOUND: Ruling = { closed: undefined, group: undefined, seconds: Infinity }

export function accessRules({ policy, pseudonym, now, clockTrusted }: Options): Rules {
  let roster: Roster | undefined
  /** Pseudonym of each address the policy blocks. */
  let blocked = new Map<string, Block>()
  const regimes = new Map<string, Regime>()
  /** The last of each group, so that who asks again sees that it is the same. */
  const rulings = new WeakMap<Group, Ruling>()

  const current = (): Roster => {
    const wanted = policy()
    if (roster?.policy !== wanted) {
      roster = rosterOf(wanted)
      regimes.clear()
      blocked = new Map([...roster.blockedMacs].map(([mac, block]) => [pseudonym(mac), block]))
    }
    return roster
  }
  const regimeFor = (group: string): Regime => {
    if (!clockTrusted()) return AT_REST
    const at = now()
    let regime = regimes.get(group)
    if (!regime || at < regime.from || at >= regime.until) regimes.set(group, (regime = regimeOf(current().policy.schedules, group, at)))
    return regime
  }
  const inForce = <T extends { until: number }>(entry: T | undefined): T | undefined =>
    entry && !isOver(entry, now(), clockTrusted()) ? entry : undefined

  return {
    rule({ group: name, until }) {
      const own = name === undefined ? undefined : current().groups.get(name)
      const left = until === undefined || !clockTrusted() ? Infinity : (until - now()) / 1000
      if (!own) return left === Infinity ? UNBOUND : { closed: undefined, group: undefined, seconds: left }
      const regime = regimeFor(own.name)
      const group = (regime.lends === undefined ? undefined : current().groups.get(regime.lends)) ?? own
      const closes = regime.closesAt === undefined ? Infinity : (regime.closesAt - now()) / 1000
      const seconds = Math.min(left, closes, group.sessionSeconds)
      const before = rulings.get(group)
      if (before?.seconds === seconds && before.closed === regime.closed) return before
      const ruling = { closed: regime.closed, group, seconds }
      rulings.set(group, ruling)
      return ruling
    },
    deviceGroup(mac) {
      const { bypass, members } = current()
      return inForce(bypass.get(mac)) ?? inForce(members.get(mac))
    },
    isBlocked: (device) => inForce(current().blockedDevices.get(device)) !== undefined || inForce(blocked.get(device)) !== undefined,
    voucher(typed) {
      const code = readCode(typed)
      return code === undefined ? undefined : inForce(findVoucher(current().vouchers.values(), code))
    },
    policy,
  }
}
