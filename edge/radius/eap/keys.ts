/**
 * What both ends draw from the TLS session. TLS 1.2: RFC 5216 §2.3, RFC 5281 §8 and §11.1; of its stream the first half is
 * the MSK, so no more is drawn. TLS 1.3: RFC 9190 §2.3 and RFC 9427 §2.1, where the method's type number is the context,
 * and MSK and EMSK must be drawn at once since the length takes part.
 */
import { EAP_TYPE } from './packet.ts'
import type { EapMethod } from './port.ts'
import type { Tunnel } from './tunnel.ts'

const MSK_OCTETS = 64
const MSK_AND_EMSK_OCTETS = 128

const TYPE_OF = { ttls: EAP_TYPE.TTLS, tls: EAP_TYPE.TLS, peap: EAP_TYPE.PEAP } as const satisfies Record<EapMethod, number>
const TLS_1_2_LABEL = { ttls: 'ttls keying material', tls: 'client EAP encryption', peap: 'client EAP encryption' } as const

export function mskOf(method: EapMethod, tunnel: Tunnel): Buffer {
  if (tunnel.version() === 'TLSv1.2') return tunnel.exportKey(MSK_OCTETS, TLS_1_2_LABEL[method])
  const material = tunnel.exportKey(MSK_AND_EMSK_OCTETS, 'EXPORTER_EAP_TLS_Key_Material', Buffer.of(TYPE_OF[method]))
  const msk = Buffer.from(material.subarray(0, MSK_OCTETS))
  material.fill(0)
  return msk
}

/** RFC 5281 §11.1: the challenge nobody sends, sixteen octets, and the identifier that goes with it. */
export function ttlsChallenge(tunnel: Tunnel): { challenge: Buffer; identifier: number } {
  const octets = tunnel.exportKey(17, 'ttls challenge')
  return { challenge: octets.subarray(0, 16), identifier: octets[16]! }
}
