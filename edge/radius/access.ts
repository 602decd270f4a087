/** The way of one Access-Request: who it says it is, whether that is true, and what they may. */
import { authorize, reject, type AccessDecision, type Facts, type Grant, type Rejection } from './authorize.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { readOctets } from './attributes.ts'
import type { Client } from './clients.ts'
import { stationMac } from './mac.ts'
import { macOfLogin, type OfferedPassword } from './mac-login.ts'
import { acceptedMsChap, refusedMsChap } from './mschap-login.ts'
import { isChapAnswer, readOffer, type Offer } from './offer.ts'
import { attributeAt, type Packet } from './packet.ts'
import type { PasswordVerifier } from './password.ts'
import type { RateLimiter } from './rate.ts'
import type { Rules } from './rules.ts'
import type { User, UserTable } from './users.ts'
import type { Vouchers } from './vouchers.ts'

export type AccessRequest = { packet: Packet; client: Client; source: string; now: number }

/** `silence`: no answer, by this reason; asked again it is a new request. */
export type Outcome = AccessDecision | { silence: string }

export type AccessDesk = {
  users: UserTable
  readonly verifier: PasswordVerifier
  readonly rules: Rules
  readonly vouchers: Vouchers
  /** Trying voucher codes costs a hash per voucher, so each access point may only so often. */
  readonly voucherTries: RateLimiter
  readonly accountName: (account: string) => string
  readonly pseudonym: (mac: string) => string
  readonly recoverableSecrets: boolean
  /** Answers a request with an EAP-Message; absent where no EAP is set up. */
  readonly eap: ((request: AccessRequest) => Promise<Outcome>) | undefined
}

export function decideAccess(request: AccessRequest, desk: AccessDesk): Outcome | Promise<Outcome> {
  const { packet, client } = request
  const offer = readOffer(packet, client.secret)
  if (isBlocked(packet, desk)) return refuse(packet, offer, 'blocked')
  switch (offer.method) {
    case 'eap':
      return desk.eap?.(request) ?? refuse(packet, offer, 'method-not-possible')
    case 'contradictory':
      return reject('contradictory')
    case 'pap':
      return byPap(request, offer.password, desk)
    case 'chap':
      return byMac(request, chapPassword(offer), desk) ?? byChap(request, offer, desk)
    case 'mschapv2':
      return byMsChap(request, offer, desk)
    case 'none':
      return byMac(request, undefined, desk) ?? reject('method-not-possible')
  }
}

/** Ends an EAP conversation as EAP must end (RFC 3579 §2.6.3). */
function refuse(packet: Packet, offer: Offer, reason: Rejection): AccessDecision {
  return offer.method === 'eap' ? reject(reason, undefined, [eapFailure(packet)]) : reject(reason)
}

/** Code 4, the request's identifier, length 4. */
export const eapFailure = (packet: Packet) => {
  const identifier = readOctets(packet, 'EAP-Message')?.[1] ?? 0
  return { type: ATTRIBUTE['EAP-Message'].type, value: Uint8Array.of(4, identifier, 0, 4) }
}

function isBlocked(packet: Packet, { rules, pseudonym }: AccessDesk): boolean {
  if (rules.policy().block.length === 0) return false
  const mac = stationMac(packet)
  return mac !== undefined && rules.isBlocked(pseudonym(mac))
}

export function grantAccess({ packet, client }: AccessRequest, grant: Grant, { rules, accountName }: AccessDesk): AccessDecision {
  const ruling = rules.rule(grant)
  const wantsChargeableIdentity = attributeAt(packet, ATTRIBUTE['Chargeable-User-Identity'].type) >= 0
  const before = lastDecisions.get(grant)
  if (before?.ruling === ruling && before.vendor === client.vendor && before.wantsChargeableIdentity === wantsChargeableIdentity)
    return before.decision
  const facts = { grant, ruling, pseudonym: accountName(grant.account), vendor: client.vendor, wantsChargeableIdentity }
  const decided = authorize(facts)
  const decision: AccessDecision = decided.code === 'Access-Accept' ? { ...decided, repeated: true } : decided
  lastDecisions.set(grant, { ruling, vendor: client.vendor, wantsChargeableIdentity, decision })
  return decision
}

/** Of each user: while the very same ruling holds, the same is decided, and making its attributes anew is a tenth of a login. */
const lastDecisions = new WeakMap<Grant, Pick<Facts, 'ruling' | 'vendor' | 'wantsChargeableIdentity'> & { decision: AccessDecision }>()

function byPap(request: AccessRequest, password: Buffer | undefined, desk: AccessDesk): Outcome | Promise<Outcome> {
  const { packet } = request
  if (password === undefined) return reject('wrong-credentials')
  const userName = readOctets(packet, 'User-Name')
  const user = userName && desk.users.find(userName)
  if (user && desk.verifier.remembers(user, password)) {
    password.fill(0)
    return grantAccess(request, user, desk)
  }
  const machine = byMac(request, clearPassword(password), desk)
  if (machine) return machine
  if (user === undefined && userName !== undefined) {
    const decision = byVoucher(request, userName, password, desk)
    if (decision) return decision
  }
  return desk.verifier
    .verify(user, password, desk.users.cost)
    .then((verdict): Outcome => {
      if (verdict === 'busy') return { silence: 'busy' }
      return user && verdict === 'match' ? grantAccess(request, user, desk) : reject('wrong-credentials')
    })
    .finally(() => password.fill(0))
}

/** Undefined when it is no machine's login. One that is on no list is refused at once: every phone in reach asks, all day. */
function byMac(request: AccessRequest, offered: OfferedPassword | undefined, desk: AccessDesk): AccessDecision | undefined {
  const mac = macOfLogin(request.packet, offered, request.client.macPassword)
  if (mac === undefined) return undefined
  const listed = desk.rules.deviceGroup(mac)
  if (listed === undefined) return reject('unknown-device')
  return grantAccess(request, { account: `device:${mac}`, group: listed.group, until: listed.until }, desk)
}

const clearPassword = (password: Buffer): OfferedPassword => ({
  isEmpty: password.length === 0,
  matches: (candidate) => candidate.equals(password),
})

const chapPassword = (offer: Extract<Offer, { method: 'chap' }>): OfferedPassword => ({
  isEmpty: isChapAnswer(offer, Buffer.alloc(0)),
  matches: (candidate) => isChapAnswer(offer, candidate),
})

/** A voucher's code is the name; beside it stands the code again, or nothing. */
function byVoucher(request: AccessRequest, userName: Buffer, password: Buffer, desk: AccessDesk): Outcome | undefined {
  if (desk.rules.policy().vouchers.length === 0 || (password.length > 0 && !password.equals(userName))) return undefined
  if (!desk.voucherTries.admit(request.source, request.now)) return { silence: 'voucher-tries' }
  const voucher = desk.rules.voucher(userName.toString('latin1'))
  if (voucher === undefined) return undefined
  const mac = stationMac(request.packet)
  // Which device it is must be known, or one code would do for everybody.
  if (mac === undefined) return reject('unknown-device')
  switch (desk.vouchers.take(voucher, desk.pseudonym(mac))) {
    case 'full':
      return reject('voucher-full')
    case 'failed':
      return { silence: 'store-failed' }
    case 'taken':
      return grantAccess(request, { account: `voucher:${voucher.id}`, group: voucher.group, until: voucher.until }, desk)
  }
}

function byChap(request: AccessRequest, offer: Extract<Offer, { method: 'chap' }>, desk: AccessDesk): AccessDecision {
  if (!desk.recoverableSecrets) return reject('method-not-possible')
  const user = userOf(request, desk)
  return user?.clear && isChapAnswer(offer, user.clear) ? grantAccess(request, user, desk) : reject('wrong-credentials')
}

function byMsChap(request: AccessRequest, offer: Extract<Offer, { method: 'mschapv2' }>, desk: AccessDesk): AccessDecision {
  if (!desk.recoverableSecrets) return reject('method-not-possible')
  const user = userOf(request, desk)
  const proof = user?.ntHash && acceptedMsChap(offer, user.ntHash, request)
  if (!user || !proof) return reject('wrong-credentials', undefined, [refusedMsChap(offer)])
  const decision = grantAccess(request, user, desk)
  return decision.code === 'Access-Accept' ? { code: decision.code, attributes: [...decision.attributes, ...proof] } : decision
}

function userOf({ packet }: AccessRequest, { users }: AccessDesk): User | undefined {
  const userName = readOctets(packet, 'User-Name')
  return userName && users.find(userName)
}
