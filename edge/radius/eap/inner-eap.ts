/** EAP inside the tunnel: whole in EAP-TTLS (RFC 5281 §11.2.1), headless in PEAPv0. GTC (RFC 3748 §5.6) and EAP-MSCHAPv2. */
import { randomBytes } from 'node:crypto'
import { CHALLENGE_OCTETS } from '../mschap/response.ts'
import { checkMschap, checkPassword, isSameUser, type PasswordStep, type Proof } from './credentials.ts'
import { identitiesAgree, isUsableIdentity } from './identity.ts'
import { challengeData, failureData, OPCODE, parsePeerResponse, successData } from './mschapv2.ts'
import { EAP_TYPE } from './packet.ts'
import type { EapAccounts, EapRejection } from './port.ts'
import { refused } from './inside.ts'

export type InnerEapMethod = 'gtc' | 'mschapv2'

export type InnerEapStep =
  | { readonly kind: 'ask'; readonly type: number; readonly data: Buffer }
  | ({ readonly kind: 'proved' } & Proof)
  | { readonly kind: 'refused'; readonly reason: EapRejection }
  | { readonly kind: 'busy'; again(): Promise<InnerEapStep> }

export type InnerEap = {
  receive(type: number, data: Buffer): Promise<InnerEapStep>
  tried(): { inner: InnerEapMethod | undefined; identity: Buffer | undefined }
}

const TYPE_OF = { gtc: EAP_TYPE.GTC, mschapv2: EAP_TYPE.MSCHAPv2 } as const satisfies Record<InnerEapMethod, number>
/** Shown by devices that ask their user. */
const GTC_PROMPT = Buffer.from('Kata sandi')

type InnerEapParts = {
  accounts: EapAccounts
  /** Best first; not empty. */
  allowed: readonly InnerEapMethod[]
  outer: Buffer
}

export function innerEap({ accounts, allowed, outer }: InnerEapParts): InnerEap {
  let identity: Buffer | undefined
  let method: InnerEapMethod | undefined
  const offered = new Set<InnerEapMethod>()
  const challenge = randomBytes(CHALLENGE_OCTETS)
  const [mschapIdentifier = 0] = randomBytes(1)
  let mschap: 'asked' | 'proved' | 'failed' = 'asked'

  const offer = (choice: InnerEapMethod | undefined): InnerEapStep => {
    if (choice === undefined) return refused('inner-method-not-allowed')
    method = choice
    offered.add(choice)
    return { kind: 'ask', type: TYPE_OF[choice], data: choice === 'gtc' ? GTC_PROMPT : challengeData(mschapIdentifier, challenge) }
  }

  const introduced = (name: Buffer): InnerEapStep => {
    if (!isUsableIdentity(name)) return refused('malformed')
    identity = Buffer.from(name)
    return identitiesAgree(outer, identity) ? offer(allowed[0]) : refused('identity-mismatch')
  }

  const judged = (who: Buffer, step: PasswordStep): InnerEapStep => {
    if (step.kind === 'busy') return { kind: 'busy', again: async () => judged(who, await step.again()) }
    return step.verdict === 'match' ? { kind: 'proved', identity: who, inner: 'gtc' } : refused('wrong-credentials')
  }

  const mschapStep = (who: Buffer, data: Buffer): InnerEapStep => {
    const opcode = data[0]
    // The peer has seen our proof and agrees, or has heard that it failed: the single octet says no more than that.
    if (mschap === 'proved')
      return opcode === OPCODE.success ? { kind: 'proved', identity: who, inner: 'mschapv2' } : refused('wrong-credentials')
    if (mschap === 'failed') return refused('wrong-credentials')
    const response = parsePeerResponse(data, mschapIdentifier)
    if (response === undefined) return refused('malformed')
    if (!isSameUser(response.name, who)) return refused('identity-mismatch')
    const exchange = { authenticatorChallenge: challenge, peerChallenge: response.peerChallenge, userName: response.name }
    const proof = checkMschap(accounts, who, response.ntResponse, exchange)
    mschap = proof === undefined ? 'failed' : 'proved'
    const answer = proof === undefined ? failureData(mschapIdentifier, randomBytes(CHALLENGE_OCTETS)) : successData(mschapIdentifier, proof)
    return { kind: 'ask', type: EAP_TYPE.MSCHAPv2, data: answer }
  }

  return {
    async receive(type, data) {
      if (identity === undefined || method === undefined)
        return type === EAP_TYPE.Identity && identity === undefined ? introduced(data) : refused('malformed')
      // RFC 3748 §5.3.1: a Nak answers the first request of a method only.
      if (type === EAP_TYPE.Nak && mschap === 'asked') return offer(allowed.find((one) => !offered.has(one) && data.includes(TYPE_OF[one])))
      if (type !== TYPE_OF[method]) return refused('malformed')
      if (method === 'mschapv2') return mschapStep(identity, data)
      return judged(identity, await checkPassword(accounts, identity, Buffer.from(data)))
    },
    tried: () => ({ inner: method, identity }),
  }
}
