/** A certificate request (PKCS#10, RFC 2986) from outside: its key counts once it is proved to be the sender's; its wishes never do. */
import { createPublicKey } from 'node:crypto'
import { Pkcs10CertificateRequest } from './x509.ts'

/** One with a P-256 key has about 400 bytes of PEM. Every byte above that is parsed for a stranger. */
const REQUEST_LETTERS_MAX = 4_096

export type ReadRequest = { ok: true; publicKey: CryptoKey } | { ok: false; reason: 'unreadable-request' | 'unfit-key' | 'no-possession' }

/** @param pem the request as PEM. Never throws. */
export async function readRequest(pem: string): Promise<ReadRequest> {
  if (pem.length > REQUEST_LETTERS_MAX) return { ok: false, reason: 'unreadable-request' }
  let request: Pkcs10CertificateRequest
  let spki: Buffer
  try {
    request = new Pkcs10CertificateRequest(pem)
    spki = Buffer.from(request.publicKey.rawData)
  } catch {
    return { ok: false, reason: 'unreadable-request' }
  }
  if (!isP256(spki)) return { ok: false, reason: 'unfit-key' }
  try {
    if (!(await request.verify())) return { ok: false, reason: 'no-possession' }
    return { ok: true, publicKey: await request.publicKey.export() }
  } catch {
    return { ok: false, reason: 'no-possession' }
  }
}

/** OpenSSL refuses a point that is not on the curve; curves described instead of named have no name here. */
function isP256(spki: Buffer): boolean {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}
