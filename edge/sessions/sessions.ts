import type { Mac } from '../gate/port.ts'
import type { Notices } from '../telemetry/port.ts'
import type { Play } from '../wire/play.ts'
import type { AccessPolicy } from '../wire/policy.ts'
import type { SessionEndCause } from '../wire/session.ts'
import type { Usage } from '../wire/usage.ts'
import { createHeartbeat } from './heartbeat.ts'
import { secondsBetween } from './moment.ts'
import type { Asker, CodeOutcome, Look, ProceedOutcome, Roaming, Visit } from './port.ts'
import { decideProceed, standingOf, stayLeft, watchLeft, type Standing } from './rules.ts'
import { createStays, type StaysDeps } from './stays.ts'
import { tokenFits, watchToken } from './token.ts'
import { createWaiting } from './waiting.ts'

/** Between two looks at the gate's counters: what a visitor's page and a killed box may be behind. */
const POLL_SECONDS = 15
/** A look just before a stay ends catches its last octets while the kernel still has the counter. */
const BEFORE_END_SECONDS = 0.5
/** While a stay ends or the gate is not in line. */
const POLL_SECONDS_MIN = 1
/** The wire's bound on one usage record. */
const USAGE_SECONDS_MAX = 3600

export type Sessions = ReturnType<typeof createSessions>

export type SessionsDeps = Omit<StaysDeps, 'policy'> & {
  /** The box's visitor key: seals the forms. */
  key: Buffer
  policy: AccessPolicy
  roaming?: Roaming
  /** A device's IPv4 addresses by its DHCP leases; absent = addresses are not bound. */
  addressesOf?: (mac: Mac) => string[]
  clockTrusted: () => boolean
  notices?: Notices
}

export function createSessions(given: SessionsDeps) {
  let access = given.policy
  const policy = access.groups.find(({ name }) => name === access.publicGroup)!
  const deps = { ...given, policy }
  const { store, now, key, log } = deps
  const waiting = createWaiting({ store, now })
  const stays = createStays(deps)
  let portalPages = 0
  let usageSince = now()
  const heartbeat = createHeartbeat({
    async beat() {
      waiting.prune()
      await stays.poll()
    },
    waitSeconds() {
      const untilEnd = stays.inDoubt() ? 0 : stays.soonestEnd() - BEFORE_END_SECONDS
      return Math.min(POLL_SECONDS, Math.max(POLL_SECONDS_MIN, untilEnd))
    },
    log,
  })

  const standingNow = (mac: Mac): Standing => standingOf({ now: now(), policy, stay: stays.find(mac), watch: waiting.find(mac) })

  return {
    /** Takes up what the last process left: waits, stays with their remaining time, and the gate's table. Then looks every 15 seconds. */
    async restore(): Promise<void> {
      waiting.restore()
      await stays.restore()
      heartbeat.start()
    },

    /** The welcome page is being opened: the device's wait begins, or goes on where it was. */
    visit({ mac }: Asker, clip?: string): Visit {
      const standing = standingNow(mac)
      if (standing.is === 'online') return standing
      const before = standing.is === 'waiting' ? waiting.find(mac) : undefined
      const watch = before ?? waiting.begin(mac, clip)
      waiting.seen(watch)
      return {
        is: 'waiting',
        secondsLeft: watchLeft(watch, policy, now()),
        token: watchToken(key, watch),
        sessionSeconds: policy.sessionSeconds,
      }
    },

    async proceed({ mac }: Asker, token: string): Promise<ProceedOutcome> {
      if (standingNow(mac).is === 'online') return { ok: true }
      const watch = waiting.find(mac)
      const decision = decideProceed({
        now: now(),
        policy,
        watch,
        tokenFits: tokenFits(key, watch, token),
        sentShare: waiting.sentShare(mac),
      })
      if (!decision.may) return decision.reason === 'too-early' ? { ok: false, ...decision } : { ok: false, reason: 'stale' }
      const outcome = await stays.admit(mac)
      // A hasty second press arrives here too; the wait is counted once.
      if (outcome.ok && watch && waiting.find(mac) === watch) waiting.finished(watch, decision.how)
      return outcome
    },

    end: (mac: Mac, cause: SessionEndCause): Promise<boolean> => stays.end(mac, cause),

    /** A voucher, or the resume code of a session that runs. */
    async enterCode(_asker: Asker, _code: string): Promise<CodeOutcome> {
      return { ok: false, reason: 'unknown' }
    },
    /** Admits at once a device whose session still runs at a neighbouring box. @returns false when there is none. */
    async welcomeBack({ mac }: Asker): Promise<boolean> {
      return standingNow(mac).is === 'online'
    },
    async usePolicy(next: AccessPolicy): Promise<void> {
      access = next
    },
    /** The IPv4 addresses that an online device may use from now on. */
    async rebind(_mac: Mac, _addresses: string[]): Promise<void> {},
    isOnline: (mac: Mac, _address?: string): boolean => standingNow(mac).is === 'online',

    look(mac: Mac, _address?: string): Look {
      const stay = stays.find(mac)
      const secondsLeft = stay ? Math.ceil(stayLeft(stay, now())) : 0
      return {
        online: secondsLeft > 0,
        secondsLeft,
        upOctets: stay?.upOctets ?? 0,
        downOctets: stay?.downOctets ?? 0,
        countersAge: stays.countersAge(),
        group: { name: policy.name, class: policy.class },
        slowed: false,
      }
    },

    /** Bytes [from, to) of a file of the clip have been handed to the device's connection. */
    clipSent: (mac: Mac, file: { path: string; size: number }, from: number, to: number): void => waiting.clipSent(mac, file, from, to),
    pageServed: (): void => void portalPages++,
    /** Visitors past the gate. */
    count: stays.count,
    /** Looks now, out of turn: counts, ends what is over, brings the gate in line. */
    poll: heartbeat.now,

    /** What happened since the last call. */
    minuteUsage(): Usage {
      const at = now()
      const seconds = Math.min(USAGE_SECONDS_MAX, Math.max(1, Math.round(secondsBetween(usageSince, at))))
      usageSince = at
      const usage = { seconds, online: stays.count(), waiting: waiting.count(), portalPages, ...stays.takeTotals() }
      portalPages = 0
      return usage
    },

    minutePlays: (): Play[] => waiting.takePlays(),

    /** A last count; visitors stay past the gate, which keeps their time without us. */
    async stop(): Promise<void> {
      heartbeat.stop()
      await heartbeat.now()
    },
  }
}
