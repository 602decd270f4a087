/** Inside EAP-TTLS version 0, RFC 5281 §11: the peer speaks first, in attributes. */
import { timingSafeEqual } from 'node:crypto'
import { CHALLENGE_OCTETS } from '../mschap/response.ts'
import { encodeAvp, parseAvps, type Avp } from './avp.ts'
import { checkChap, checkMschap, checkPassword, type PasswordStep, type Proof } from './credentials.ts'
import { identitiesAgree, isUsableIdentity } from './identity.ts'
import { innerEap, type InnerEap, type InnerEapMethod, type InnerEapStep } from './inner-eap.ts'
import { refused, type Inside, type InsideStep } from './inside.ts'
import { ttlsChallenge } from './keys.ts'
import { readResponseValue } from './mschapv2.ts'
import { eapRequest, parseResponse } from './packet.ts'
import type { EapAccounts, InnerMethod } from './port.ts'
import type { Tunnel } from './tunnel.ts'

const MICROSOFT = 311
/** Vendor and number: RFC 2865, RFC 3579, RFC 2548. */
const AVP = {
  userName: key(0, 1),
  userPassword: key(0, 2),
  chapPassword: key(0, 3),
  chapChallenge: key(0, 60),
  eapMessage: key(0, 79),
  msChapChallenge: key(MICROSOFT, 11),
  msChap2Response: key(MICROSOFT, 25),
} as const
const MS_CHAP2_SUCCESS = 26

function key(vendorId: number, code: number): string {
  return `${vendorId}:${code}`
}

type TtlsParts = { tunnel: Tunnel; accounts: EapAccounts; allowed: readonly InnerMethod[]; outer: Buffer }

export function insideTtls({ tunnel, accounts, allowed, outer }: TtlsParts): Inside {
  let identity: Buffer | undefined
  let inner: InnerMethod | undefined
  /** Proven by MSCHAPv2; the peer still has to accept our own proof. */
  let confirmed: Proof | undefined
  let eap: InnerEap | undefined
  let innerIdentifier = 0

  const eapAllowed = allowed.filter((one): one is InnerEapMethod => one === 'gtc' || one === 'mschapv2')

  const askedInside = (step: InnerEapStep): InsideStep => {
    switch (step.kind) {
      case 'ask': {
        innerIdentifier = (innerIdentifier + 1) & 0xff
        const message = eapRequest(innerIdentifier, step.type, step.data)
        return { kind: 'say', cleartext: encodeAvp({ code: 79, vendorId: 0, mandatory: true, data: message }) }
      }
      case 'busy':
        return { kind: 'busy', again: async () => askedInside(await step.again()) }
      case 'proved':
      case 'refused':
        return step
    }
  }

  const receivedEap = async (message: Buffer): Promise<InsideStep> => {
    const response = parseResponse(message)
    if (response === undefined) return refused('malformed')
    if (eapAllowed.length === 0) return refused('inner-method-not-allowed')
    // The peer begins unasked, so the first identifier is its own choice (RFC 5281 §11.2.1).
    if (eap === undefined) innerIdentifier = response.identifier
    else if (response.identifier !== innerIdentifier) return refused('malformed')
    eap ??= innerEap({ accounts, allowed: eapAllowed, outer })
    return askedInside(await eap.receive(response.type, response.data))
  }

  const judged = (proof: Proof, step: PasswordStep): InsideStep => {
    if (step.kind === 'busy') return { kind: 'busy', again: async () => judged(proof, await step.again()) }
    return step.verdict === 'match' ? { kind: 'proved', ...proof } : refused('wrong-credentials')
  }

  const receivedMschap = (who: Buffer, challenge: Buffer, value: Buffer): InsideStep => {
    const implicit = ttlsChallenge(tunnel)
    // Ident, Flags, Peer-Challenge, reserved, Response (RFC 2548 §2.3.2); both of the first must be the tunnel's own.
    if (value.length !== 50 || !isImplicit(challenge, value[0], implicit)) return refused('malformed')
    const { peerChallenge, ntResponse } = readResponseValue(value.subarray(2))
    const exchange = { authenticatorChallenge: implicit.challenge, peerChallenge, userName: who }
    const proof = checkMschap(accounts, who, ntResponse, exchange)
    if (proof === undefined) return refused('wrong-credentials')
    confirmed = { identity: who, inner: 'mschapv2' }
    const data = Buffer.concat([Buffer.of(value[0]!), Buffer.from(proof)])
    return { kind: 'say', cleartext: encodeAvp({ code: MS_CHAP2_SUCCESS, vendorId: MICROSOFT, mandatory: true, data }) }
  }

  const receivedChap = (who: Buffer, challenge: Buffer, value: Buffer): InsideStep => {
    const implicit = ttlsChallenge(tunnel)
    if (value.length !== 17 || !isImplicit(challenge, value[0], implicit)) return refused('malformed')
    const facts = { identity: who, identifier: implicit.identifier, challenge: implicit.challenge, response: value.subarray(1) }
    return checkChap(accounts, facts) === 'match' ? { kind: 'proved', identity: who, inner: 'chap' } : refused('wrong-credentials')
  }

  const receivedCredentials = async (said: ReadonlyMap<string, Buffer>): Promise<InsideStep> => {
    const name = said.get(AVP.userName)
    const claims = (['userPassword', 'chapPassword', 'msChap2Response'] as const).filter((one) => said.has(AVP[one]))
    const [claim, ...others] = claims
    if (name === undefined || claim === undefined || others.length > 0 || !isUsableIdentity(name)) return refused('malformed')
    const who = Buffer.from(name)
    identity = who
    inner = METHOD_OF[claim]
    if (!allowed.includes(inner)) return refused('inner-method-not-allowed')
    if (!identitiesAgree(outer, who)) return refused('identity-mismatch')
    const value = said.get(AVP[claim])!
    if (inner === 'pap') return judged({ identity: who, inner }, await checkPassword(accounts, who, withoutPadding(value)))
    const challenge = said.get(inner === 'chap' ? AVP.chapChallenge : AVP.msChapChallenge)
    if (challenge === undefined) return refused('malformed')
    return inner === 'chap' ? receivedChap(who, challenge, value) : receivedMschap(who, challenge, value)
  }

  return {
    established: () => ({ kind: 'wait' }),
    async received(cleartext) {
      if (confirmed) return refused('malformed')
      const said = read(cleartext)
      if (said === undefined) return refused('malformed')
      const message = said.get(AVP.eapMessage)
      if (message) return receivedEap(message)
      return eap === undefined ? receivedCredentials(said) : refused('malformed')
    },
    // Empty before anything was said: some peers wait for us to go on after TLS 1.3's session tickets.
    acknowledged: () => (confirmed ? { kind: 'proved', ...confirmed } : { kind: 'wait' }),
    tried: () => ({ inner: inner ?? eap?.tried().inner, identity: identity ?? eap?.tried().identity }),
  }
}

const METHOD_OF = { userPassword: 'pap', chapPassword: 'chap', msChap2Response: 'mschapv2' } as const satisfies Record<string, InnerMethod>
const KNOWN = new Set<string>(Object.values(AVP))

/** Undefined when malformed, when one is there twice, or when one that must be understood (RFC 5281 §10.1) is not ours. */
function read(cleartext: Buffer): Map<string, Buffer> | undefined {
  const said = new Map<string, Buffer>()
  for (const avp of parseAvps(cleartext) ?? [UNREADABLE]) {
    const name = key(avp.vendorId, avp.code)
    if (said.has(name) || (avp.mandatory && !KNOWN.has(name))) return undefined
    said.set(name, avp.data)
  }
  return said
}
const UNREADABLE: Avp = { code: 0, vendorId: 0, mandatory: true, data: Buffer.alloc(0) }

function isImplicit(challenge: Buffer, identifier: number | undefined, implicit: { challenge: Buffer; identifier: number }): boolean {
  return challenge.length === CHALLENGE_OCTETS && timingSafeEqual(challenge, implicit.challenge) && identifier === implicit.identifier
}

/** RFC 5281 §11.2.5: padded with zeros so that its length does not show. */
function withoutPadding(padded: Buffer): Buffer {
  let end = padded.length
  while (end > 0 && padded[end - 1] === 0) end--
  return Buffer.from(padded.subarray(0, end))
}
