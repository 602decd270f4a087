/** The books of the authority: what was issued for whom, what was taken back, and whether a certificate that is shown counts. */
import type { X509Certificate } from 'node:crypto'
import type { Authority, Certificate, IssueProblem, Order } from './authority.ts'
import { readClient, type ClientProblem } from './client.ts'

/** Times are Unix milliseconds. */
export type CertificateRow = Omit<Certificate, 'pem'> & { issuedAt: number; revokedAt: number | null }
export type RevokedRow = { serial: string; name: string; at: number }

/** Rests beside the hotspots (noc/ingest/certificate-rows.ts). */
export type CertificateStore = {
  /** In statements of some hundred rows; a serial that is there already stays as it is. */
  addCertificates(rows: readonly Omit<CertificateRow, 'revokedAt'>[]): Promise<void>
  hasCertificates(): Promise<boolean>
  certificate(serial: string): Promise<CertificateRow | undefined>
  /** Newest first. */
  certificatesOf(name: string): Promise<CertificateRow[]>
  /** Those that have not ended by themselves, by name, the newest of each first; bounded. */
  currentCertificates(after: number): Promise<CertificateRow[]>
  /** False when there is none, or it is revoked already. */
  revokeCertificate(serial: string, at: number): Promise<boolean>
  /** @returns how many. */
  revokeCertificatesOf(name: string, at: number): Promise<number>
  /** Another one whenever something was issued or revoked. */
  certificateStamp(): Promise<string>
  /** Those that have not ended by themselves, oldest first. */
  revokedCertificates(after: number): Promise<RevokedRow[]>
  /** Boxes that had a certificate taken back and have none that counts. */
  shutOut(after: number): Promise<string[]>
}

/** Half of the work is the kernel threads' that sign and verify; more at once gain nothing. */
const AT_ONCE = 16

type Refusal = ClientProblem | 'revoked'
/** `name` of a refused one is what stands in it, if it is the authority's own work; else null. */
export type Admission = { ok: true; name: string; serial: string; notAfter: number } | { ok: false; name: string | null; reason: Refusal }

export function createCertificates(deps: { store: CertificateStore; authority: Authority; now: () => number }) {
  const { store, authority, now } = deps
  return {
    authority,
    /** All of them or none, and they are in the books when it resolves. `place`: of the first order that cannot be. */
    async issue(
      orders: readonly Order[],
    ): Promise<{ ok: true; certificates: Certificate[] } | { ok: false; place: number; reason: IssueProblem }> {
      const certificates: Certificate[] = []
      for (let from = 0; from < orders.length; from += AT_ONCE) {
        for (const issued of await Promise.all(orders.slice(from, from + AT_ONCE).map(authority.issue))) {
          if (!issued.ok) return { ok: false, place: certificates.length, reason: issued.reason }
          certificates.push(issued.certificate)
        }
      }
      const issuedAt = now()
      await store.addCertificates(certificates.map((certificate) => ({ ...certificate, issuedAt })))
      return { ok: true, certificates }
    },
    /** Whether whoever proved in a handshake to have this certificate's key is a box of ours, now. */
    async admit(shown: X509Certificate | undefined): Promise<Admission> {
      const client = readClient(shown, authority.certificate, now())
      if (!client.ok) return client
      const { name, serial, notAfter } = client
      const row = await store.certificate(serial)
      if (row?.revokedAt != null) return { ok: false, name, reason: 'revoked' }
      // The database was restored from before it was issued: it is ours all the same, and must be there to be taken back.
      if (!row) await store.addCertificates([{ ...client, issuedAt: client.notBefore }])
      return { ok: true, name, serial, notAfter }
    },
    current: () => store.currentCertificates(now()),
    revoke: (serial: string) => store.revokeCertificate(serial, now()),
  }
}
