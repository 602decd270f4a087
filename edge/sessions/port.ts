/** What the portal may ask about a visitor: the words between `sessions/` and `welcome/`. */
import type { Mac } from '../gate/port.ts'
import type { GroupClass, Rate } from '../wire/policy.ts'

/** Who asks: the device, and the plain address its connection came from (an IPv4 one is bound to the device at admission). */
export type Asker = { mac: Mac; address?: string | undefined }

/** Why a device may not go online now, whatever it does; times are Unix milliseconds of the box's clock. */
export type Refusal =
  | { why: 'blocked'; until: number; note?: string }
  /** By a schedule. `until`: when it next opens. */
  | { why: 'closed'; until: number; note?: string }
  /** The day's share of time or of data is used up; `until`: the city's midnight. */
  | { why: 'daily-time' | 'daily-data'; until: number }

export type Visit =
  | { is: 'online'; secondsLeft: number }
  /** `secondsLeft` 0: may continue now. */
  | { is: 'waiting'; secondsLeft: number; token: string; sessionSeconds: number }
  | { is: 'refused'; refusal: Refusal }

type GateTrouble = 'gate-failed' | 'full'

export type ProceedOutcome =
  | { ok: true }
  | { ok: false; reason: 'too-early'; secondsLeft: number }
  | { ok: false; reason: 'stale' | GateTrouble }
  | { ok: false; reason: 'refused'; refusal: Refusal }

/** A voucher, or the resume code of a session this visitor had under another address. */
export type CodeOutcome =
  | { ok: true; by: 'voucher' | 'resume' }
  /** used-up: as many devices as it is good for have used it. too-often: this device has tried too many. */
  | { ok: false; reason: 'unknown' | 'expired' | 'used-up' | 'too-often' | GateTrouble }
  | { ok: false; reason: 'refused'; refusal: Refusal }

export type Look = {
  online: boolean
  secondsLeft: number
  upOctets: number
  downOctets: number
  /** Seconds since the counters were read. */
  countersAge: number
  /** Of the session's or the day's quota, whichever ends first; absent without one. */
  octetsLeft?: number
  group: { name: string; class: GroupClass }
  /** Limits in force now; `slowed` when fair use or a schedule made them smaller. */
  rate?: Rate
  slowed: boolean
  /** Ends the session when nothing moves for this long. */
  idleSeconds?: number
  /** Eight characters in two groups (`ABCD-2345`) that carry the rest of this session to another address or phone; online only. */
  resumeCode?: string
  /** Why the last session of this device ended, for a page that explains; within the hour only. */
  endedBecause?: string
}

/** A session that still runs, known from another box of the kelurahan. */
export type RoamedVisit = {
  /** Tag of its resume code (wire/visit.ts). */
  code: string
  group: string
  /** As of now. */
  secondsLeft: number
  octets: number
  today: { seconds: number; octets: number }
}

/** What the sessions of this box ask of, and tell to, the other boxes; without roaming nobody answers. */
export type Roaming = {
  byDevice(mac: Mac): RoamedVisit | undefined
  /** By the code as typed, in capitals without its hyphen. */
  byCode(code: string): RoamedVisit | undefined
  codeTag(code: string): string
  began(mac: Mac, visit: RoamedVisit): void
  ended(mac: Mac, visit: RoamedVisit): void
  /** A session with this code tag goes on at another box: it must end here, unless `isOf` says that it goes on with the same device. */
  onMoved(listener: (codeTag: string, isOf: (mac: Mac) => boolean) => void): void
}
