/** The road between EAP and a TLS tunnel: pieces are joined, the tunnel is fed, and its answer goes out in pieces again. */
import { alertRecord } from './alert.ts'
import { assemble, emptyAssembly, EMPTY_DATA, isAcknowledgement, isSent, nextFragment, parseFragment, type Outgoing } from './fragments.ts'
import { refused, type Inside, type InsideStep } from './inside.ts'
import { mskOf } from './keys.ts'
import type { EapMethod, EapProven, EapRejection, InnerMethod } from './port.ts'
import type { Tunnel } from './tunnel.ts'

export type LinkStep =
  /** Type-Data of the next request. */
  | { readonly kind: 'send'; readonly data: Buffer }
  | { readonly kind: 'proved'; readonly msk: Buffer; readonly proven: EapProven }
  | { readonly kind: 'refused'; readonly reason: EapRejection }
  | { readonly kind: 'busy'; again(): Promise<LinkStep> }

export type Link = {
  receive(data: Buffer): Promise<LinkStep>
  tried(): { readonly inner: InnerMethod | undefined; readonly identity: Buffer | undefined }
  close(): void
}

type LinkParts = {
  method: EapMethod
  /** Undefined when no handshake may begin now. Called once the peer's first message is whole. */
  open(): { tunnel: Tunnel; inside: Inside } | undefined
  /** Octets of Type-Data in one request. */
  room: number
}

export function tlsLink({ method, open, room }: LinkParts): Link {
  const incoming = emptyAssembly()
  let outgoing: Outgoing | undefined
  let opened: { tunnel: Tunnel; inside: Inside } | undefined
  let established = false
  /** Said once the peer has taken our alert. */
  let refusal: EapRejection | undefined

  const send = (message: Buffer): LinkStep => {
    if (message.length === 0) return { kind: 'send', data: EMPTY_DATA }
    outgoing = { message, at: 0 }
    return { kind: 'send', data: nextFragment(outgoing, room) }
  }

  /** RFC 5216 §2.1.3: the alert goes in a request of its own, and EAP-Failure follows the peer's answer to it. */
  const refuseAfter = (reason: EapRejection, alert: Buffer | undefined): LinkStep => {
    if (alert === undefined || alert.length === 0) return refused(reason)
    refusal = reason
    return send(alert)
  }

  const conclude = async (tunnel: Tunnel, step: InsideStep, pending: Buffer): Promise<LinkStep> => {
    switch (step.kind) {
      case 'wait':
        return send(pending)
      case 'say': {
        const said = await tunnel.say(step.cleartext)
        return said.failed ? refused('malformed') : send(Buffer.concat([pending, said.outgoing]))
      }
      case 'proved': {
        const { identity, inner, certificateSerial } = step
        const proven = { method, inner, identity, certificateSerial, tlsVersion: tunnel.version() }
        return { kind: 'proved', msk: mskOf(method, tunnel), proven }
      }
      case 'refused':
        return refuseAfter(step.reason, step.alert && alertRecord(tunnel, step.alert))
      case 'busy':
        return { kind: 'busy', again: async () => conclude(tunnel, await step.again(), pending) }
    }
  }

  const take = async (message: Buffer): Promise<LinkStep> => {
    if (opened === undefined) {
      if (message.length === 0) return refused('malformed')
      opened = open()
      if (opened === undefined) return { kind: 'busy', again: () => take(message) }
    }
    const { tunnel, inside } = opened
    const nothing = Buffer.alloc(0)
    if (message.length === 0)
      return established && tunnel.isSecure() ? conclude(tunnel, inside.acknowledged(), nothing) : refused('malformed')

    const step = await tunnel.receive(message)
    if (step.failed) return refuseAfter(established ? 'malformed' : handshakeFault(tunnel), step.outgoing)
    if (!established && tunnel.isSecure()) {
      established = true
      const first = inside.established()
      if (first.kind !== 'wait') return conclude(tunnel, first, step.outgoing)
    }
    if (step.cleartext.length === 0) return send(step.outgoing)
    const next = await inside.received(step.cleartext)
    step.cleartext.fill(0)
    return conclude(tunnel, next, step.outgoing)
  }

  return {
    async receive(data) {
      const fragment = parseFragment(data)
      // EAP-TLS reserves the bits that are the version of the others, of which we offered 0 (RFC 5281 §9.2.1).
      if (fragment === undefined || (method !== 'tls' && fragment.version !== 0)) return refused('malformed')
      if (outgoing && !isSent(outgoing))
        return isAcknowledgement(fragment) ? { kind: 'send', data: nextFragment(outgoing, room) } : refused('malformed')
      outgoing = undefined
      if (refusal) return refused(refusal)
      const message = assemble(incoming, fragment)
      if (message === 'fault') return refused('malformed')
      return message === 'more' ? { kind: 'send', data: EMPTY_DATA } : take(message)
    },
    tried: () => opened?.inside.tried() ?? { inner: undefined, identity: undefined },
    close: () => opened?.tunnel.close(),
  }
}

/** A device that does not trust our own certificate is the complaint heard most; it deserves a name of its own. */
function handshakeFault(tunnel: Tunnel): EapRejection {
  const code = tunnel.failure() ?? ''
  if (/ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE)/.test(code)) return 'server-certificate-refused'
  // An authority with the name of ours but another key: OpenSSL leaves the error of its signature check for Node to stumble over.
  if (code === 'ERR_SSL_PROVIDER_SIGNATURE_FAILURE') return 'certificate-untrusted'
  return code.includes('PEER_DID_NOT_RETURN_A_CERTIFICATE') ? 'certificate-missing' : 'tls-handshake-failed'
}
