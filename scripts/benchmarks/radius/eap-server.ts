/** The box's RADIUS with EAP-TTLS as a process of its own: its parts come in the first message, its port goes out in answer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePasswordHash } from '#edge/radius/password.ts'
import { startRadius } from '#edge/radius/server.ts'

export type EapServerParts = {
  /** For its keys and its store. */
  folder: string
  secret: string
  user: string
  password: string
  /** PEM. */
  key: string
  certificates: string
}

process.once('message', (parts: EapServerParts) => {
  void start(parts)
})
process.on('disconnect', () => process.exit(0))

/** As edge/main.ts starts it. Only the limits are out of the way: the one source here does what all access points do elsewhere. */
async function start({ folder, secret, user, password, key, certificates }: EapServerParts): Promise<void> {
  const [keyFile, certificateFile] = [join(folder, 'server.key'), join(folder, 'server.pem')]
  writeFileSync(keyFile, key, { mode: 0o600 })
  writeFileSync(certificateFile, certificates)
  const radius = await startRadius({
    config: {
      host: '127.0.0.1',
      authPort: 0,
      acctPort: 0,
      clients: [{ name: 'generator', address: '127.0.0.1', secret }],
      users: [{ name: user, passwordHash: await makePasswordHash(password) }],
      eap: { methods: ['ttls'], innerMethods: ['pap'], keyFile, certificateFile },
    },
    stateDir: folder,
    recorder: { record: () => 0, eventDelivered: () => false },
    pseudonym: () => '0'.repeat(16),
    rateLimit: { perSecond: 1e9, burst: 1e9, sourcesMax: 100 },
    eapLimits: { handshakesPerSecond: 1e9, handshakesBurst: 1e9 },
  })
  process.send!(radius.authPort)
}
