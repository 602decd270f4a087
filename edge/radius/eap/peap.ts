/**
 * Inside PEAP version 0 with EAP-MSCHAPv2, as Windows speaks it ([MS-PEAP]; draft-kamath-pppext-peapv0-00): EAP without
 * its header of four octets, except for the TLVs by which both sides confirm the result before the outer EAP-Success.
 */
import { innerEap, type InnerEapStep } from './inner-eap.ts'
import { refused, type Inside, type InsideStep } from './inside.ts'
import { EAP_TYPE, eapRequest, parseResponse } from './packet.ts'
import type { EapAccounts, EapRejection } from './port.ts'
import type { Proof } from './credentials.ts'

/** Result TLV (type 3, mandatory), [MS-PEAP] §2.2.8.1.2. */
const RESULT_TLV = 3
const TLV_TYPE_MASK = 0x3fff
const RESULT = { success: 1, failure: 2 } as const

type PeapParts = { accounts: EapAccounts; outer: Buffer; version: () => 'TLSv1.2' | 'TLSv1.3' }

export function insidePeap({ accounts, outer, version }: PeapParts): Inside {
  const eap = innerEap({ accounts, allowed: ['mschapv2'], outer })
  let greeted = false
  let outcome: ({ kind: 'proved' } & Proof) | { kind: 'refused'; reason: EapRejection } | undefined

  const greet = (): InsideStep => {
    greeted = true
    return { kind: 'say', cleartext: Buffer.of(EAP_TYPE.Identity) }
  }

  const told = (step: InnerEapStep): InsideStep => {
    switch (step.kind) {
      case 'ask':
        return { kind: 'say', cleartext: Buffer.concat([Buffer.of(step.type), step.data]) }
      case 'busy':
        return { kind: 'busy', again: async () => told(await step.again()) }
      case 'proved':
      case 'refused':
        // The outer Success or Failure can be forged by anyone on the air; this cannot.
        outcome = step
        return { kind: 'say', cleartext: resultRequest(step.kind === 'proved' ? RESULT.success : RESULT.failure) }
    }
  }

  return {
    // TLS 1.2 ends with our Finished, which the peer acknowledges first; 1.3 with the peer's own.
    established: () => (version() === 'TLSv1.3' ? greet() : { kind: 'wait' }),
    async received(cleartext) {
      if (!greeted) return refused('malformed')
      if (outcome) {
        if (outcome.kind === 'refused') return outcome
        return resultOf(cleartext) === RESULT.success ? outcome : refused('wrong-credentials')
      }
      const [type] = cleartext
      return type === undefined ? refused('malformed') : told(await eap.receive(type, cleartext.subarray(1)))
    },
    acknowledged() {
      if (!greeted) return greet()
      return outcome?.kind === 'refused' ? outcome : refused('malformed')
    },
    tried: eap.tried,
  }
}

const resultRequest = (status: number): Buffer => eapRequest(0, EAP_TYPE.TLV, Buffer.of(0x80, RESULT_TLV, 0, 2, 0, status))

/** Undefined when there is no Result TLV that can be read. */
function resultOf(cleartext: Buffer): number | undefined {
  const response = parseResponse(cleartext)
  if (response?.type !== EAP_TYPE.TLV) return undefined
  const { data } = response
  for (let at = 0; at + 4 <= data.length;) {
    const length = data.readUInt16BE(at + 2)
    if ((data.readUInt16BE(at) & TLV_TYPE_MASK) === RESULT_TLV && length === 2 && at + 6 <= data.length) return data.readUInt16BE(at + 4)
    at += 4 + length
  }
  return undefined
}
