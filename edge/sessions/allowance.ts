/** What a group's rules leave a device: time, data, speed. Pure; amounts octets both directions together, times seconds. */
import type { Group, Rate } from '../wire/policy.ts'
import type { SessionEndCause } from '../wire/session.ts'

export type Amount = { seconds: number; octets: number }

/** `spent`: in this session, at other boxes and under other addresses too. `today`: by this device, over all its sessions. */
export type Account = { grantedSeconds: number; spent: Amount; today: Amount; idleSeconds: number }

/** The part of a session and of a day that is still to come; Infinity where nothing bounds it. */
export function secondsLeft(rules: Group, { grantedSeconds, spent, today }: Omit<Account, 'idleSeconds'>): number {
  const session = Math.min(grantedSeconds, rules.sessionSeconds) - spent.seconds
  return Math.max(0, Math.min(session, dailySecondsLeft(rules, today)))
}

export const dailySecondsLeft = (rules: Group, today: Amount): number => (rules.dailySeconds ?? Infinity) - today.seconds
export const dailyOctetsLeft = (rules: Group, today: Amount): number => (rules.dailyOctets ?? Infinity) - today.octets

export const octetsLeft = (rules: Group, { spent, today }: Pick<Account, 'spent' | 'today'>): number =>
  Math.max(0, Math.min((rules.sessionOctets ?? Infinity) - spent.octets, dailyOctetsLeft(rules, today)))

/** Why a session is over by its own use; undefined while it may go on. */
export function usedUp(rules: Group, account: Account): SessionEndCause | undefined {
  if (Math.min(account.grantedSeconds, rules.sessionSeconds) <= account.spent.seconds) return 'expired'
  if (dailySecondsLeft(rules, account.today) <= 0) return 'daily-time'
  if (octetsLeft(rules, account) <= 0) return 'quota'
  if (account.idleSeconds >= (rules.idleSeconds ?? Infinity)) return 'idle'
  return undefined
}

/**
 * The limit in force; `slowed` when it is below what the device's own group has by itself.
 * @param rules the own group's, or those a schedule lends.
 */
export function speedOf(own: Group, rules: Group, today: Amount): { rate?: Rate; slowed: boolean } {
  const fair = rules.fairUse && today.octets >= rules.fairUse.afterOctets ? rules.fairUse.rate : undefined
  const rate = fair ? slower(rules.rate, fair) : rules.rate
  return { ...(rate && isLimit(rate) ? { rate } : {}), slowed: isSlower(rate, own.rate) }
}

/** Octets until one of the rules acts on what goes through; Infinity when none does. */
export function octetsUntilChange(rules: Group, account: Pick<Account, 'spent' | 'today'>): number {
  const untilSlower = (rules.fairUse?.afterOctets ?? Infinity) - account.today.octets
  return Math.min(octetsLeft(rules, account), untilSlower > 0 ? untilSlower : Infinity)
}

const isLimit = ({ upKbps, downKbps }: Rate): boolean => upKbps > 0 || downKbps > 0

const slower = (a: Rate | undefined, b: Rate): Rate => ({
  upKbps: slowerDirection(a?.upKbps ?? 0, b.upKbps),
  downKbps: slowerDirection(a?.downKbps ?? 0, b.downKbps),
})

/** 0 = no limit, in a rate as on the wire. */
const slowerDirection = (a: number, b: number): number => (a === 0 ? b : b === 0 ? a : Math.min(a, b))

const isSlower = (rate: Rate | undefined, than: Rate | undefined): boolean =>
  isBelow(rate?.upKbps ?? 0, than?.upKbps ?? 0) || isBelow(rate?.downKbps ?? 0, than?.downKbps ?? 0)

const isBelow = (a: number, b: number): boolean => a !== 0 && (b === 0 || a < b)
