/**
 * EAP for the RADIUS front (RFC 3579): EAP-TTLS, EAP-TLS and PEAPv0-MSCHAPv2 over TLS 1.2 and 1.3.
 *
 * What holds here: nothing is accepted that the accounts did not confirm in this very conversation, for no TLS session is
 * ever resumed; a peer is asked only for what the site allows; every table, message and number of rounds has an end.
 * Nothing logs, and what the counters and rejections say holds no secret.
 */
import type { SecureContext } from 'node:tls'
import { randomInt } from 'node:crypto'
import { rateLimiter } from '../rate.ts'
import { conversations, type Conversation } from './conversations.ts'
import { START_DATA } from './fragments.ts'
import { isUsableOuterIdentity } from './identity.ts'
import type { Inside } from './inside.ts'
import { tlsLink, type LinkStep } from './link.ts'
import { EAP_TYPE, eapFailure, eapRequest, eapSuccess, parseResponse, type EapResponse } from './packet.ts'
import { insidePeap } from './peap.ts'
import type {
  EapAccounts,
  EapAnswer,
  EapCounters,
  EapDiscard,
  EapEngine,
  EapLimits,
  EapMethod,
  EapRejection,
  EapRequest,
  EapSettings,
} from './port.ts'
import { insideTls } from './tls.ts'
import { insideTtls } from './ttls.ts'
import { openTunnel, tunnelContext, type Tunnel } from './tunnel.ts'

/**
 * A handshake takes about a millisecond of a fast core and some five of a small box's, so this keeps it to a fifth of one;
 * the burst is a whole hotspot coming back after a power cut.
 */
const HANDSHAKES_PER_SECOND = 40
const HANDSHAKES_BURST = 80
/** One access point may take half of it, so that the others' devices get in while its own are attacking. */
const SOURCE_SHARE = 0.5
const SOURCES_MAX = 256

/** A chain of 16 kB in pieces of a thousand octets each way, and the inner methods, stay below. */
const ROUNDS_MAX = 64

/**
 * EAP packet in octets. RFC 3748 §3.1 asks lower layers for 1020 at the least; with 1024, the RADIUS packet around it and
 * some Proxy-States stay below 1,500 as well.
 */
const EAP_OCTETS_MAX = 1024
/** However little Framed-MTU says, a message must get through within the rounds. */
const EAP_OCTETS_MIN = 256
/** The EAPOL header in a frame of Framed-MTU. */
const EAPOL_OCTETS = 4
/** Code, Identifier, Length, Type. */
const REQUEST_OCTETS = 5

const SWEEP_MS = 5000

const TYPE_OF = { ttls: EAP_TYPE.TTLS, tls: EAP_TYPE.TLS, peap: EAP_TYPE.PEAP } as const satisfies Record<EapMethod, number>

type EapParts = {
  settings: EapSettings
  accounts: EapAccounts
  limits?: EapLimits
}

/** @throws Error when the settings cannot work: no method, no authority for EAP-TLS, or PEM that OpenSSL cannot use. */
export function openEap({ settings: first, accounts, limits = {} }: EapParts): EapEngine {
  let settings = first
  let contexts = contextsOf(settings)
  const table = conversations(limits)
  const perSecond = limits.handshakesPerSecond ?? HANDSHAKES_PER_SECOND
  const burst = limits.handshakesBurst ?? HANDSHAKES_BURST
  const handshakes = rateLimiter({ perSecond, burst, sourcesMax: 1 })
  const perSource = rateLimiter({ perSecond: perSecond * SOURCE_SHARE, burst: burst * SOURCE_SHARE, sourcesMax: SOURCES_MAX })
  const count = {
    conversations: 0,
    handshakes: 0,
    accepts: 0,
    rejects: {} as Record<string, number>,
    discards: {} as Record<string, number>,
  }
  const sweeping = setInterval(() => table.sweep(performance.now()), SWEEP_MS).unref()

  const discard = (reason: EapDiscard): EapAnswer => ({ kind: 'discard', reason })

  const counted = (answer: EapAnswer): EapAnswer => {
    if (answer.kind === 'accept') count.accepts++
    else if (answer.kind === 'reject') tally(count.rejects, answer.reason)
    else if (answer.kind === 'discard') tally(count.discards, answer.reason)
    return answer
  }

  /** Ends the conversation. */
  const reject = (conversation: Conversation, identifier: number, reason: EapRejection): EapAnswer => {
    const { method, link, outer } = conversation
    const inside = link?.tried()
    table.end(conversation)
    return {
      kind: 'reject',
      eap: eapFailure(identifier),
      reason,
      tried: { method, inner: inside?.inner, identity: inside?.identity ?? outer },
    }
  }

  const ask = (conversation: Conversation, identifier: number, type: number, data: Buffer): EapAnswer => {
    conversation.expected = identifier
    return { kind: 'challenge', eap: eapRequest(identifier, type, data), state: conversation.state }
  }

  const offer = (conversation: Conversation, identifier: number, method: EapMethod | undefined): EapAnswer => {
    if (method === undefined) return reject(conversation, identifier, 'no-common-method')
    conversation.method = method
    conversation.offered.add(method)
    return ask(conversation, next(identifier), TYPE_OF[method], START_DATA)
  }

  /** RFC 3579 §2.1: the access point copies the identity into User-Name; one that says two things is not believed. */
  const introduced = (conversation: Conversation, { identifier, data }: EapResponse, userName: Buffer | undefined): EapAnswer => {
    const outer = Buffer.from(data)
    if (!isUsableOuterIdentity(outer)) return reject(conversation, identifier, 'malformed')
    conversation.outer = outer
    if (userName && outer.length > 0 && !userName.equals(outer)) return reject(conversation, identifier, 'identity-mismatch')
    return offer(conversation, identifier, settings.methods[0])
  }

  const inside = (method: EapMethod, tunnel: Tunnel, outer: Buffer): Inside => {
    switch (method) {
      case 'ttls':
        return insideTtls({ tunnel, accounts, allowed: settings.innerMethods, outer })
      case 'peap':
        return insidePeap({ accounts, outer, version: tunnel.version })
      case 'tls':
        return insideTls({ tunnel, accounts })
    }
  }

  const linkFor = (conversation: Conversation, method: EapMethod, outer: Buffer, framedMtu: number | undefined) =>
    tlsLink({
      method,
      room: Math.max(EAP_OCTETS_MIN, Math.min(EAP_OCTETS_MAX, (framedMtu ?? Infinity) - EAPOL_OCTETS)) - REQUEST_OCTETS,
      open() {
        const now = conversation.heardAt
        if (!perSource.admit(conversation.source, now) || !handshakes.admit('', now) || !table.promote(conversation, now)) return undefined
        count.handshakes++
        const tunnel = openTunnel(method === 'tls' ? contexts.judging : contexts.plain, { judgesCertificates: method === 'tls' })
        return { tunnel, inside: inside(method, tunnel, outer) }
      },
    })

  const concluded = (conversation: Conversation, identifier: number, step: LinkStep): EapAnswer => {
    switch (step.kind) {
      case 'send':
        return ask(conversation, next(identifier), TYPE_OF[conversation.method!], step.data)
      case 'proved':
        table.end(conversation)
        return { kind: 'accept', eap: eapSuccess(identifier), msk: step.msk, proven: step.proven }
      case 'refused':
        return reject(conversation, identifier, step.reason)
      case 'busy':
        conversation.again = step.again
        return discard('eap-busy')
    }
  }

  /** A response to our last request. */
  const advance = async (conversation: Conversation, response: EapResponse, request: EapRequest): Promise<EapAnswer> => {
    const { identifier, type, data } = response
    const { method, outer, again } = conversation
    if (again) {
      conversation.again = undefined
      return concluded(conversation, identifier, await again())
    }
    if (++conversation.rounds > ROUNDS_MAX) return reject(conversation, identifier, 'too-many-rounds')
    if (outer === undefined || method === undefined)
      return type === EAP_TYPE.Identity
        ? introduced(conversation, response, request.userName)
        : reject(conversation, identifier, 'malformed')
    // RFC 3748 §5.3.1: only the first request of a method may be refused.
    if (type === EAP_TYPE.Nak && conversation.link === undefined) {
      const wanted = settings.methods.find((one) => !conversation.offered.has(one) && data.includes(TYPE_OF[one]))
      return offer(conversation, identifier, wanted)
    }
    if (type !== TYPE_OF[method]) return reject(conversation, identifier, type === EAP_TYPE.Nak ? 'no-common-method' : 'malformed')
    conversation.link ??= linkFor(conversation, method, outer, request.framedMtu)
    return concluded(conversation, identifier, await conversation.link.receive(data))
  }

  /** Each response has one effect; the same one again gets the same octets again. */
  const once = async (conversation: Conversation, response: EapResponse, request: EapRequest): Promise<EapAnswer> => {
    const { answered, expected, working, again } = conversation
    if (working) return counted(discard('eap-in-progress'))
    const repeated = answered !== undefined && answered.octets.equals(request.eap)
    if (repeated && answered.answer) return answered.answer
    if (response.identifier !== expected || (again && !repeated)) return counted(discard('eap-wrong-identifier'))
    conversation.heardAt = request.now
    conversation.working = true
    const octets = Buffer.from(request.eap)
    const answer = await advance(conversation, response, request).catch(() => reject(conversation, response.identifier, 'unavailable'))
    conversation.working = false
    conversation.answered = { octets, answer: answer.kind === 'discard' ? undefined : answer }
    return counted(answer)
  }

  const begin = (request: EapRequest, expected: number): Conversation => {
    count.conversations++
    return table.begin({ client: request.client, source: request.source, now: request.now, expected })
  }

  const route = async (request: EapRequest): Promise<EapAnswer> => {
    // RFC 3579 §2.1: an empty EAP-Message asks us to begin.
    if (request.eap.length === 0 && request.state === undefined) {
      const identifier = randomInt(256)
      return ask(begin(request, identifier), identifier, EAP_TYPE.Identity, Buffer.alloc(0))
    }
    const response = parseResponse(request.eap)
    if (response === undefined) return counted(discard('eap-malformed'))
    if (request.state === undefined)
      return response.type === EAP_TYPE.Identity
        ? once(begin(request, response.identifier), response, request)
        : counted(discard('eap-malformed'))
    const conversation = table.find(request.state, request)
    if (conversation) return once(conversation, response, request)
    // Said rather than ignored, so that the device begins anew at once after a restart of the box.
    const tried = { method: undefined, inner: undefined, identity: undefined }
    return counted({ kind: 'reject', eap: eapFailure(response.identifier), reason: 'expired', tried })
  }

  return {
    answer: route,
    replace(newer) {
      contexts = contextsOf(newer)
      settings = newer
    },
    counters: (): EapCounters => ({ ...count, open: table.sizes(), rejects: { ...count.rejects }, discards: { ...count.discards } }),
    close() {
      clearInterval(sweeping)
      table.clear()
    },
  }
}

const next = (identifier: number): number => (identifier + 1) & 0xff

const tally = (totals: Record<string, number>, reason: string): void => void (totals[reason] = (totals[reason] ?? 0) + 1)

/** Made once: building a context costs more than a handshake. */
function contextsOf(settings: EapSettings): { plain: SecureContext; judging: SecureContext } {
  const { methods, innerMethods, serverKey, serverCertificates, clientAuthorities, revocationLists } = settings
  if (methods.length === 0) throw new Error('EAP: the site allows no method')
  if (methods.includes('ttls') && innerMethods.length === 0) throw new Error('EAP-TTLS: the site allows no inner method')
  const own = { key: serverKey, certificates: serverCertificates }
  const plain = tunnelContext(own)
  if (!methods.includes('tls')) return { plain, judging: plain }
  // Without this OpenSSL would fall back on the public authorities of the web, and anyone could buy a way in.
  if (!clientAuthorities?.includes('-----BEGIN CERTIFICATE-----'))
    throw new Error('EAP-TLS: there is no authority to judge client certificates by')
  // Given but empty would mean that nobody is revoked, which a cut-off file must not say.
  if (revocationLists !== undefined && !revocationLists.includes('-----END X509 CRL-----'))
    throw new Error('EAP-TLS: the revocation list holds none')
  return { plain, judging: tunnelContext({ ...own, clientAuthorities, revocationLists }) }
}
