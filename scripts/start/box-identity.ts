/** The real box's own key, made where the box is: central sees a request and gives back a certificate. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '#edge/durable-file.ts'
import { certificateRequest, newKey } from '#edge/identity/request.ts'
import { files } from './state.ts'

const folder = join(files.edge, 'identity')
/** PEM files, as the box's configuration names them. */
export const identityFiles = {
  ca: join(folder, 'authority.pem'),
  certificate: join(folder, 'certificate.pem'),
  key: join(folder, 'key.pem'),
}
/** A start renews what would end while somebody is away. */
const RENEW_BEFORE_MS = 30 * 86_400_000

/** Undefined while the certificate it has is good. */
export function wantedRequest(node: string, now: number): string | undefined {
  if (existsSync(identityFiles.certificate) && existsSync(identityFiles.ca)) {
    const { validTo } = new X509Certificate(readFileSync(identityFiles.certificate))
    if (Date.parse(validTo) - now > RENEW_BEFORE_MS) return undefined
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(identityFiles.key)) writeDurably(identityFiles.key, newKey())
  return certificateRequest(createPrivateKey(readFileSync(identityFiles.key)), node)
}

export function keepCertificate({ authority, certificate }: { authority: string; certificate: string }): void {
  writeDurably(identityFiles.ca, authority)
  writeDurably(identityFiles.certificate, certificate)
}
