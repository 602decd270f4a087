/** A certificate authority of a test's own, and boxes with their own keys. */
import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority, type Authority, type Certificate, type Order } from '#central/pki/authority.ts'
import { certificateRequest, newKey } from '#edge/identity/request.ts'

export type TestAuthority = { authority: Authority; folder: string; remove(): void }

export async function testAuthority(now?: () => number): Promise<TestAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'pki-'))
  return { authority: await openAuthority(folder, now), folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** `key`, `cert` and `ca` are what a TLS client takes. */
export type TestIdentity = { key: string; cert: string; ca: string; certificate: Certificate }

export async function identityOf(authority: Authority, name: string, change: Partial<Order> = {}): Promise<TestIdentity> {
  const key = newKey()
  const request = certificateRequest(createPrivateKey(key), name)
  const issued = await authority.issue({ request, name, purpose: 'box', ...change })
  if (!issued.ok) throw new Error(issued.reason)
  return { key, cert: issued.certificate.pem, ca: authority.pem, certificate: issued.certificate }
}
