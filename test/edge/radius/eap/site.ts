/** A site with one user, one authority and an EAP engine, as the tests vary it. */
import { openEap } from '#edge/radius/eap/engine.ts'
import type { EapAccounts, EapEngine, EapSettings } from '#edge/radius/eap/port.ts'
import { ntPasswordHash } from '#edge/radius/mschap/response.ts'
import { testAuthority, type Issued, type TestAuthority } from './certificates.ts'

export const USER = 'budi'
export const PASSWORD = 'kata-sandi-budi'

export const authority: TestAuthority = await testAuthority()
export const server: Issued = await authority.issue({ name: 'radius.uji.example', usage: 'serverAuth' })

export const settings = (more: Partial<EapSettings> = {}): EapSettings => ({
  methods: ['ttls', 'tls', 'peap'],
  innerMethods: ['pap', 'mschapv2', 'chap', 'gtc'],
  serverKey: server.key,
  serverCertificates: server.certificate,
  clientAuthorities: authority.certificate,
  revocationLists: undefined,
  ...more,
})

export const accounts = (more: Partial<EapAccounts> = {}): EapAccounts => ({
  verifyPassword: async (identity, password) => (identity.toString() === USER && password.toString() === PASSWORD ? 'match' : 'mismatch'),
  secretOf: (identity) => (identity.toString() === USER ? { kind: 'clear', octets: Buffer.from(PASSWORD) } : undefined),
  knowsCertificate: () => true,
  ...more,
})

export const hashedAccounts = (): EapAccounts =>
  accounts({
    secretOf: (identity) => (identity.toString() === USER ? { kind: 'nt-hash', octets: ntPasswordHash(Buffer.from(PASSWORD)) } : undefined),
  })

export const engineOf = (more: Partial<EapSettings> = {}, own: EapAccounts = accounts()): EapEngine =>
  openEap({ settings: settings(more), accounts: own })
