/**
 * The names that devices and resume codes have between the boxes of a kelurahan: HMAC-SHA-256 under the key of the city's
 * calendar day, which is itself an HMAC under the kelurahan's key. Tags of two days cannot be put together by anybody
 * without that key, and nobody who has a tag can try addresses against it.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { CITY_OFFSET_MINUTES } from '../wire/policy.ts'

const DAY_MILLISECONDS = 86_400_000
const TAG_BYTES = 16
/** Yesterday's tags belong to sessions that run over midnight; tomorrow's come from a neighbour whose clock is a little ahead. */
const DAYS_AROUND = [0, -1, 1]
/** Three days are asked about at a time; one more, so that a look back does not make keys anew. */
const KEYS_KEPT = 4

export function roamingTags(key: string) {
  const kelurahanKey = createSecretKey(Buffer.from(key, 'base64url'))
  const dayKeys = new Map<number, KeyObject>()

  const keyOf = (day: number): KeyObject => {
    const known = dayKeys.get(day)
    if (known) return known
    const date = new Date(day * DAY_MILLISECONDS).toISOString().slice(0, 10)
    const made = createSecretKey(createHmac('sha256', kelurahanKey).update(date).digest())
    if (dayKeys.size >= KEYS_KEPT) dayKeys.clear()
    dayKeys.set(day, made)
    return made
  }
  const tagOn = (name: string, day: number): string =>
    createHmac('sha256', keyOf(day)).update(name).digest().subarray(0, TAG_BYTES).toString('hex')

  return {
    /** @param name a MAC address, or a resume code in capitals without its hyphen: the two cannot be mistaken for each other. */
    today: (name: string, now: number): string => tagOn(name, cityDay(now)),
    /** Every tag the name may have been given lately, likeliest first. */
    around: (name: string, now: number): string[] => DAYS_AROUND.map((offset) => tagOn(name, cityDay(now) + offset)),
  }
}

/** Days since 1970-01-01 in the city. Clamped to what a date can be, so that a broken clock makes a useless tag and no exception. */
function cityDay(now: number): number {
  const day = Math.floor((now + CITY_OFFSET_MINUTES * 60_000) / DAY_MILLISECONDS)
  return Math.min(2_900_000, Math.max(1, Number.isFinite(day) ? day : 1))
}
