/** Who a client certificate says it is, as far as the certificate itself can tell. Pure. */
import { createHash, type X509Certificate } from 'node:crypto'
import { PROFILES, type Purpose } from './purposes.ts'

/** foreign: not the authority's work · purpose: made for something else than a box. */
export type ClientProblem = 'none' | 'foreign' | 'purpose' | 'expired' | 'not-yet'
export type Client =
  | { ok: true; name: string; purpose: Purpose; serial: string; key: string; notBefore: number; notAfter: number }
  | { ok: false; name: string | null; reason: ClientProblem }

/** id-kp-clientAuth, RFC 5280 §4.2.1.12. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** As the authority writes it, and in no other way. */
const BOX_SUBJECT = /^OU=box\nCN=([a-z0-9-]+)$/

export function readClient(shown: X509Certificate | undefined, authority: X509Certificate, now: number): Client {
  if (!shown) return { ok: false, name: null, reason: 'none' }
  // Not left to the handshake: of several faults OpenSSL tells the last one, and a resumed session is not looked at again.
  if (!shown.checkIssued(authority) || !shown.verify(authority.publicKey)) return { ok: false, name: null, reason: 'foreign' }
  const name = BOX_SUBJECT.exec(shown.subject)?.[1]
  const forClients = shown.keyUsage?.length === 1 && shown.keyUsage[0] === CLIENT_AUTH
  if (name === undefined || !PROFILES.box.names(name) || !forClients || shown.ca) {
    return { ok: false, name: name ?? null, reason: 'purpose' }
  }
  const notBefore = Date.parse(shown.validFrom)
  const notAfter = Date.parse(shown.validTo)
  if (now > notAfter) return { ok: false, name, reason: 'expired' }
  if (now < notBefore) return { ok: false, name, reason: 'not-yet' }
  const key = createHash('sha256')
    .update(shown.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return { ok: true, name, purpose: 'box', serial: shown.serialNumber.toLowerCase(), key, notBefore, notAfter }
}
