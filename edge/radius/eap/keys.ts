/**
 * What both ends draw from the TLS session. TLS 1.2: RFC 5216 §2.3, RFC 5281 §8 and §11.1. TLS 1.3: RFC 9190 §2.3 and
 * RFC 9427 §2.1, where the method's type number is the context, and the whole 128 octets must be drawn at once since the
 * length takes part.
 */
import { EAP_TYPE } from './packet.ts'
import type { EapMethod } from './port.ts'
import type { Tunnel } from './tunnel.ts'

/** MSK and EMSK, 64 octets each; the second half is not used. */
const KEY_MATERIAL_OCTETS = 128
export const MSK_OCTETS = 64

const TYPE_OF = { ttls: EAP_TYPE.TTLS, tls: EAP_TYPE.TLS, peap: EAP_TYPE.PEAP } as const satisfies Record<EapMethod, number>
const TLS_1_2_LABEL = { ttls: 'ttls keying material', tls: 'client EAP encryption', peap: 'client EAP encryption' } as const

export function mskOf(method: EapMethod, tunnel: Tunnel): Buffer {
  const material =
    tunnel.version() === 'TLSv1.3'
      ? tunnel.exportKey(KEY_MATERIAL_OCTETS, 'EXPORTER_EAP_TLS_Key_Material', Buffer.of(TYPE_OF[method]))
      : tunnel.exportKey(KEY_MATERIAL_OCTETS, TLS_1_2_LABEL[method])
  const msk = Buffer.from(material.subarray(0, MSK_OCTETS))
  material.fill(0)
  return msk
}

/** RFC 5281 §11.1: the challenge nobody sends, sixteen octets, and the identifier that goes with it. */
export function ttlsChallenge(tunnel: Tunnel): { challenge: Buffer; identifier: number } {
  const octets = tunnel.exportKey(17, 'ttls challenge')
  return { challenge: octets.subarray(0, 16), identifier: octets[16]! }
}
