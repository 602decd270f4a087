/** A signed reply, RFC 2865 §4: same Identifier, Proxy-State returned in order, authenticated by both constructions. */
import { ATTRIBUTE } from './dictionary/standard.ts'
import { writeResponseAuthenticator } from './authenticator.ts'
import { UNSIGNED_MESSAGE_AUTHENTICATOR, writeMessageAuthenticator } from './message-authenticator.ts'
import {
  attributesOfType,
  AUTHENTICATOR_AT,
  AUTHENTICATOR_OCTETS,
  authenticatorOf,
  CODE,
  encodePacket,
  HEADER_OCTETS,
  type Attribute,
  type Packet,
} from './packet.ts'
import type { SharedSecret } from './secret.ts'

export type Reply = {
  code: keyof typeof CODE
  attributes: readonly Attribute[]
  /** The same object will be given again for other requests: it is worth keeping it encoded. */
  repeated?: true
}

const encoded = new WeakMap<Reply, Buffer>()

/**
 * Message-Authenticator comes first, so that no prefix of the reply is an attacker's to choose (CVE-2024-3596).
 *
 * The answer to an Accounting-Request carries none: no RFC says over what to compute it there. RFC 5997 defines it for
 * Status-Server only, and a reply made that way is refused by FreeRADIUS's own client (3.2.1, seen), which then resends
 * for ever. There is no decision in that reply to forge.
 *
 * Undefined when the request's Proxy-State leaves no room for a reply.
 */
export function signedReply(request: Packet, reply: Reply, secret: SharedSecret): Buffer | undefined {
  const proven = request.code !== CODE['Accounting-Request']
  const octets = unsignedReply(request, reply, proven)
  if (octets === undefined) return undefined
  if (proven) writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
  writeResponseAuthenticator(octets, secret)
  return octets
}

function unsignedReply(request: Packet, reply: Reply, proven: boolean): Buffer | undefined {
  const proxyStates = attributesOfType(request, ATTRIBUTE['Proxy-State'].type)
  const isCopied = reply.repeated === true && proven && proxyStates.length === 0
  const known = isCopied ? encoded.get(reply) : undefined
  if (known) return addressedTo(request, Buffer.from(known))
  const octets = encodePacket({
    code: CODE[reply.code],
    identifier: request.identifier,
    authenticator: authenticatorOf(request),
    attributes: [...(proven ? [UNSIGNED_MESSAGE_AUTHENTICATOR] : []), ...reply.attributes, ...proxyStates],
  })
  if (isCopied && octets) encoded.set(reply, Buffer.from(octets))
  return octets
}

/** A reply to another request, not yet signed. */
function addressedTo({ identifier, octets: request }: Packet, reply: Buffer): Buffer {
  reply[1] = identifier
  request.copy(reply, AUTHENTICATOR_AT, AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS)
  return reply
}
