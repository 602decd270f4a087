import type { Mac } from '../gate/port.ts'
import type { Notices, Recorder } from '../telemetry/port.ts'
import type { Play } from '../wire/play.ts'
import type { AccessPolicy } from '../wire/policy.ts'
import type { SessionEndCause } from '../wire/session.ts'
import type { Usage } from '../wire/usage.ts'
import { createAccess } from './access.ts'
import { speedOf } from './allowance.ts'
import { createBlocks } from './blocks.ts'
import { createDaily } from './daily.ts'
import { createEntrance } from './entrance.ts'
import { guestLook } from './guest-look.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createHolders } from './holders.ts'
import { createKeeping } from './keeping.ts'
import { secondsBetween } from './moment.ts'
import type { Look } from './port.ts'
import { createRounds } from './rounds.ts'
import { createStays, type StaysDeps } from './stays.ts'
import { createTelling } from './telling.ts'
import { createWaiting } from './waiting.ts'

/** Between two looks at the gate's counters: what a visitor's page and a killed box may be behind. */
const POLL_SECONDS = 15
/** While something is about to end, or the gate is not in line. */
const POLL_SECONDS_MIN = 1
/** The wire's bound on one usage record. */
const USAGE_SECONDS_MAX = 3600

export type SessionsDeps = Pick<StaysDeps, 'store' | 'gate' | 'roaming' | 'pseudonym' | 'now' | 'log'> & {
  recorder: Recorder
  /** The box's visitor key: seals the forms. */
  key: Buffer
  /** In force until `usePolicy` says otherwise. */
  policy: AccessPolicy
  /** A device's IPv4 addresses by its DHCP leases; absent = addresses are not bound. */
  addressesOf?: (mac: Mac) => string[]
  /** False while the box does not know the time: then schedules rest and nothing on a list runs out. */
  clockTrusted: () => boolean
  notices?: Notices
}

export type Sessions = ReturnType<typeof createSessions>

export function createSessions(given: SessionsDeps) {
  const { now, log, pseudonym, roaming } = given
  const keeping = createKeeping(given)
  const daily = createDaily({ ...given, keeping })
  const holders = createHolders({ ...given, keeping })
  const telling = createTelling({ ...given, keeping })
  const access = createAccess({ ...given, daily, holders })
  const blocks = createBlocks({ ...given, access })
  const waiting = createWaiting({ ...given, keeping })
  const stays = createStays({ ...given, keeping, telling, access, daily })
  const rounds = createRounds({ ...given, keeping, telling, access, daily, stays, blocks })
  const entrance = createEntrance({ ...given, stays, waiting, access, daily, holders, blocks })
  let portalPages = 0
  let usageSince = now()
  let restored = false

  const heartbeat = createHeartbeat({
    async beat() {
      waiting.prune()
      await rounds.poll()
    },
    waitSeconds: () => Math.min(POLL_SECONDS, Math.max(POLL_SECONDS_MIN, rounds.soonest())),
    log,
  })

  roaming?.onMoved((codeTag, isOf) => {
    const guest = [...stays.roll.all()].find(({ grant }) => grant.codeTag === codeTag && !isOf(grant.mac))
    if (!guest) return
    stays.end(guest.grant.mac, 'moved', { elsewhere: true }).catch((error: unknown) => log(`sessions: ${String(error)}`))
  })

  function seeEverybody(): void {
    for (const mac of waiting.all()) blocks.seen(mac)
    for (const { grant } of stays.roll.all()) blocks.seen(grant.mac)
  }

  return {
    /** Takes up what the last process left: waits, sessions with their remaining time, the day's use, and the gate's table. Then looks every 15 seconds. */
    async restore(): Promise<void> {
      waiting.restore()
      holders.restore()
      stays.restore(daily.restore())
      restored = true
      seeEverybody()
      // The gate first: who is past it must not wait for the counting.
      await stays.holding.settle()
      await heartbeat.now()
      heartbeat.start()
    },

    /** The welcome page is being opened: the device's wait begins, or goes on where it was. */
    visit: entrance.visit,
    proceed: entrance.proceed,
    /** A voucher, or the resume code of a session that runs. */
    enterCode: entrance.enterCode,
    /** Admits at once a device whose session still runs at a neighbouring box. @returns false when there is none. */
    welcomeBack: entrance.welcomeBack,

    /** @returns false when the device was not online. */
    end: (mac: Mac, cause: SessionEndCause): Promise<boolean> => stays.end(mac, cause),
    /** The IPv4 addresses that an online device may use from now on: its leases changed. Its time and counters go on. */
    async rebind(mac: Mac, addresses: string[]): Promise<void> {
      await stays.rebind(mac, addresses)
    },

    /** From now on, for running sessions too. The same policy again changes nothing. */
    async usePolicy(policy: AccessPolicy): Promise<void> {
      access.use(policy)
      holders.keepOnly(access.roster().vouchers)
      // Before that it would take the gate's table for that of a box without guests.
      if (!restored) return
      seeEverybody()
      await rounds.shorten()
      await heartbeat.anew()
    },

    isOnline: (mac: Mac, address?: string): boolean => entrance.guestAt({ mac, address }) !== undefined,

    look(mac: Mac, address?: string): Look {
      const countersAge = stays.countersAge()
      const guest = entrance.guestAt({ mac, address })
      if (guest) return { online: true, countersAge, ...guestLook(guest.grant, stays.termsOf(guest)) }
      const device = pseudonym(mac)
      const { own, rules } = access.rulingFor(mac, device)
      const cause = stays.ends.of(mac)
      return {
        online: false,
        secondsLeft: 0,
        upOctets: 0,
        downOctets: 0,
        countersAge,
        group: { name: own.name, class: own.class },
        ...speedOf(own, rules, daily.of(device)),
        ...(cause === undefined ? {} : { endedBecause: cause }),
      }
    },

    /** Bytes [from, to) of a file of the clip have been handed to the device's connection. */
    clipSent: waiting.clipSent,
    pageServed: (): void => void portalPages++,
    /** Visitors past the gate. */
    count: stays.roll.size,
    /** Looks now, out of turn: counts, ends what is over, brings the gate in line. */
    poll: heartbeat.now,

    /** What happened since the last call. */
    minuteUsage(): Usage {
      const at = now()
      const seconds = Math.min(USAGE_SECONDS_MAX, Math.max(1, Math.round(secondsBetween(usageSince, at))))
      usageSince = at
      const usage = { seconds, online: stays.roll.size(), waiting: waiting.count(), portalPages, ...stays.takeTotals() }
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
