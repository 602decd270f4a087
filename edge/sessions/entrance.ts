import { isIPv4 } from 'node:net'
import type { Mac } from '../gate/port.ts'
import type { Access } from './access.ts'
import type { createBlocks } from './blocks.ts'
import { findVoucher, readCode, sameText } from './codes.ts'
import type { Daily } from './daily.ts'
import { freshEntry, roamedEntry } from './entry.ts'
import type { Holders } from './holders.ts'
import type { Now } from './moment.ts'
import type { Asker, CodeOutcome, ProceedOutcome, Refusal, RoamedVisit, Roaming, Visit } from './port.ts'
import type { Guest } from './roll.ts'
import { isOver } from './roster.ts'
import { decideProceed, isKept, watchLeft } from './rules.ts'
import type { AdmitOutcome, Stays } from './stays.ts'
import { tokenFits, watchToken } from './token.ts'
import { createTries } from './tries.ts'
import type { createWaiting } from './waiting.ts'

type Deps = {
  stays: Stays
  waiting: ReturnType<typeof createWaiting>
  access: Access
  daily: Daily
  holders: Holders
  blocks: ReturnType<typeof createBlocks>
  key: Buffer
  pseudonym: (mac: Mac) => string
  addressesOf?: ((mac: Mac) => string[]) | undefined
  roaming?: Roaming | undefined
  now: Now
  clockTrusted: () => boolean
}

/** The visitor's ways in: the welcome page, a code, a session that still runs at a neighbouring box. */
export function createEntrance(deps: Deps) {
  const { stays, waiting, access, daily, holders, blocks, key, pseudonym, addressesOf, roaming, now, clockTrusted } = deps
  const tries = createTries(now)

  /** What a device may use once it is in; absent where addresses are not bound or none is known. */
  function addressesFor({ mac, address }: Asker): string[] | undefined {
    if (!addressesOf) return undefined
    const known = new Set([...(address !== undefined && isIPv4(address) ? [address] : []), ...addressesOf(mac)])
    return known.size > 0 ? [...known] : undefined
  }

  /** A bound device that is seen at another IPv4 address is not online there. */
  function guestAt({ mac, address }: Asker): Guest | undefined {
    const guest = stays.roll.find(mac)
    if (!guest || stays.termsOf(guest).seconds <= 0) return undefined
    const { addresses } = guest.grant
    return addresses && address !== undefined && isIPv4(address) && !addresses.includes(address) ? undefined : guest
  }

  const rulesFor = (mac: Mac) => access.rulingFor(mac, pseudonym(mac)).rules

  function refusalOf(mac: Mac, brought?: string): Refusal | undefined {
    blocks.seen(mac)
    return access.refusalOf(mac, brought)
  }

  async function letIn(asker: Asker): Promise<AdmitOutcome> {
    const addresses = addressesFor(asker)
    const guest = stays.roll.find(asker.mac)
    // It waited anew because of its address: that moves, time and counters go on.
    if (guest && addresses && stays.termsOf(guest).seconds > 0)
      return (await stays.moveAddress(asker.mac, addresses)) ? { ok: true } : { ok: false, reason: 'gate-failed' }
    return stays.admit({ ...freshEntry(asker.mac, rulesFor(asker.mac).sessionSeconds, roaming), addresses })
  }

  async function letRoamIn(asker: Asker, visit: RoamedVisit): Promise<AdmitOutcome> {
    const { rules } = access.rulingFor(asker.mac, pseudonym(asker.mac), visit.group)
    const outcome = await stays.admit({ ...roamedEntry(asker.mac, visit, rules.sessionSeconds), addresses: addressesFor(asker) })
    if (outcome.ok) waiting.drop(asker.mac)
    return outcome
  }

  async function enterVoucher(asker: Asker, code: string): Promise<CodeOutcome | undefined> {
    const { mac } = asker
    const voucher = findVoucher(access.roster().policy.vouchers, code)
    if (!voucher) return undefined
    if (isOver(voucher, now().at, clockTrusted())) return { ok: false, reason: 'expired' }
    const refusal = refusalOf(mac, voucher.group)
    if (refusal) return { ok: false, reason: 'refused', refusal }
    if (!holders.take(voucher, pseudonym(mac))) return { ok: false, reason: 'used-up' }
    if (rulesFor(mac).watchSeconds > 0) return { ok: true, by: 'voucher' }
    // What runs by other rules ends; the voucher's own session begins with its whole time.
    const before = stays.roll.find(mac)
    const { own } = access.rulingFor(mac, pseudonym(mac))
    if (before && before.grant.group !== own.name) await stays.end(mac, 'policy').catch(() => false)
    const outcome = await letIn(asker)
    if (!outcome.ok) return outcome
    waiting.drop(mac)
    return { ok: true, by: 'voucher' }
  }

  /** Every code is compared, so that the time it takes says nothing about how near a guess came. */
  function guestWithCode(code: string): Guest | undefined {
    let found: Guest | undefined
    for (const guest of stays.roll.all()) {
      if (guest.grant.code !== undefined && sameText(guest.grant.code, code)) found = guest
    }
    return found && stays.termsOf(found).seconds > 0 ? found : undefined
  }

  async function resume(asker: Asker, code: string): Promise<CodeOutcome | undefined> {
    const guest = guestWithCode(code)
    const roamed = guest ? undefined : roaming?.byCode(code)
    if (!guest && !(roamed && roamed.secondsLeft > 0)) return undefined
    if (roamed) daily.atLeast(pseudonym(asker.mac), roamed.today)
    const refusal = refusalOf(asker.mac, guest?.grant.group ?? roamed?.group)
    if (refusal) return { ok: false, reason: 'refused', refusal }
    const outcome = guest ? await resumeHere(asker, guest) : roamed ? await letRoamIn(asker, roamed) : undefined
    return outcome?.ok ? { ok: true, by: 'resume' } : outcome
  }

  async function resumeHere(asker: Asker, { grant }: Guest): Promise<AdmitOutcome> {
    const from = grant.mac
    const outcome = from === asker.mac ? await letIn(asker) : await stays.move(from, asker.mac, addressesFor(asker))
    if (outcome.ok) for (const mac of [from, asker.mac]) waiting.drop(mac)
    return outcome
  }

  return {
    guestAt,

    visit(asker: Asker, clip?: string): Visit {
      const { mac } = asker
      const guest = guestAt(asker)
      if (guest) return { is: 'online', secondsLeft: Math.ceil(stays.termsOf(guest).seconds) }
      const refusal = refusalOf(mac)
      if (refusal) return { is: 'refused', refusal }
      const before = waiting.find(mac)
      const watch = before && isKept(before, now()) ? before : waiting.begin(mac, clip)
      waiting.seen(watch)
      const { watchSeconds, sessionSeconds } = rulesFor(mac)
      return { is: 'waiting', secondsLeft: watchLeft(watch, watchSeconds, now()), token: watchToken(key, watch), sessionSeconds }
    },

    async proceed(asker: Asker, token: string): Promise<ProceedOutcome> {
      const { mac } = asker
      if (guestAt(asker)) return { ok: true }
      const refusal = refusalOf(mac)
      if (refusal) return { ok: false, reason: 'refused', refusal }
      const watch = waiting.find(mac)
      const { watchSeconds } = rulesFor(mac)
      const fits = tokenFits(key, watch, token)
      const decision = decideProceed({ now: now(), watchSeconds, watch, tokenFits: fits, sentShare: waiting.sentShare(mac) })
      if (!decision.may) {
        if (decision.reason === 'stale') return { ok: false, reason: 'stale' }
        return { ok: false, reason: 'too-early', secondsLeft: decision.secondsLeft }
      }
      const outcome = await letIn(asker)
      // A hasty second press arrives here too; the wait is counted once.
      if (outcome.ok && watch && waiting.find(mac) === watch) waiting.finished(watch, decision.how)
      return outcome
    },

    async enterCode(asker: Asker, typed: string): Promise<CodeOutcome> {
      if (!tries.mayTry(asker.mac)) return { ok: false, reason: 'too-often' }
      const code = readCode(typed)
      const outcome = code === undefined ? undefined : ((await enterVoucher(asker, code)) ?? (await resume(asker, code)))
      if (outcome) return outcome
      tries.wasWrong(asker.mac)
      return { ok: false, reason: 'unknown' }
    },

    async welcomeBack(asker: Asker): Promise<boolean> {
      if (guestAt(asker)) return true
      const visit = stays.roll.find(asker.mac) ? undefined : roaming?.byDevice(asker.mac)
      if (!visit || visit.secondsLeft <= 0) return false
      daily.atLeast(pseudonym(asker.mac), visit.today)
      if (refusalOf(asker.mac, visit.group)) return false
      return (await letRoamIn(asker, visit)).ok
    },
  }
}
