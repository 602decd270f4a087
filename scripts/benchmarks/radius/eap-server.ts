/** The EAP engine as a process of its own behind the tests' front: `node eap-server.ts`, its parts by the first message. */
import { openEap } from '#edge/radius/eap/engine.ts'
import { makePasswordHash, parsePasswordHash, passwordVerifier } from '#edge/radius/password.ts'
import { startFront } from '#test/edge/radius/eap/front.ts'

export type EapServerParts = { user: string; password: string; key: string; certificates: string }

process.once('message', (parts: EapServerParts) => {
  void start(parts)
})

async function start({ user, password, key, certificates }: EapServerParts): Promise<void> {
  const passwordHash = await makePasswordHash(password)
  const known = { name: user, passwordHash, parsed: parsePasswordHash(passwordHash)! }
  const verifier = passwordVerifier()
  const engine = openEap({
    settings: {
      methods: ['ttls'],
      innerMethods: ['pap'],
      serverKey: key,
      serverCertificates: certificates,
      clientAuthorities: undefined,
      revocationLists: undefined,
    },
    accounts: {
      async verifyPassword(identity, claimed) {
        const account = identity.toString() === user ? known : undefined
        return account && verifier.remembers(account, claimed) ? 'match' : verifier.verify(account, claimed)
      },
      secretOf: () => undefined,
      knowsCertificate: () => false,
    },
    // The measurement is of one access point that does nothing else.
    limits: { handshakesPerSecond: 1_000_000, handshakesBurst: 1_000_000 },
  })
  const front = await startFront(engine)
  process.send!(front.port)
}
