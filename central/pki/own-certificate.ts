/** Certificates central makes for itself, with keys that never leave memory: the embedded broker's, and its own at a broker elsewhere. */
import type { Authority, OwnOrder } from './authority.ts'

/** A third of the time is left for a machine that sleeps, or a clock that is put right. */
const RENEW_AT = 2 / 3

/** PEM each. */
export type OwnCertificate = { key: string; cert: string; ca: string }

/** @returns a function that gives the one in use, and a new one once its time has come. */
export function ownCertificate(authority: Authority, order: OwnOrder, now: () => number): () => Promise<OwnCertificate> {
  let current: { own: OwnCertificate; renewAt: number } | undefined
  return async () => {
    if (current && now() < current.renewAt) return current.own
    const { key, certificate } = await authority.issueOwn(order)
    const { notBefore, notAfter, pem } = certificate
    current = { own: { key, cert: pem, ca: authority.pem }, renewAt: notBefore + (notAfter - notBefore) * RENEW_AT }
    return current.own
  }
}
