/** Which broker this central speaks through, and who may come in there. */
import type { Authority } from '../../pki/authority.ts'
import { createCertificates } from '../../pki/certificates.ts'
import { ownCertificate } from '../../pki/own-certificate.ts'
import type { Registry } from '../hotspots/registry.ts'
import { createBrokerClient } from './broker-client.ts'
import type { Broker, BrokerHandlers } from './broker-port.ts'
import { createEmbeddedBroker } from './embedded-broker.ts'
import type { Logins } from './login.ts'
import type { TelemetryStore } from './store-port.ts'

/**
 * embedded: `host` and `port` for tokens, on loopback only; `secure` for certificates, with all names and addresses that boxes
 * know it by. url: without a password central shows a certificate of its own authority there.
 */
export type BrokerChoice =
  | { kind: 'embedded'; host: string; port: number; secure?: { host: string; port: number; names: readonly string[] } | undefined }
  | { kind: 'url'; url: string; username?: string | undefined; password?: string | undefined; clientId?: string }

type At = {
  handlers: BrokerHandlers
  registry: Registry
  store: TelemetryStore
  authority: Authority | undefined
  /** Whose packets come here from a broker elsewhere. */
  shards: readonly string[]
  now: () => number
}

export function openBroker(choice: BrokerChoice, at: At): Broker {
  const { handlers, registry, authority, shards, now } = at
  switch (choice.kind) {
    case 'embedded': {
      const { host, port, secure } = choice
      return createEmbeddedBroker({
        ...handlers,
        plain: { host, port },
        secure: secure && authority && { ...secure, certificate: ownCertificate(authority, serverOrder(secure.names), now) },
        knows: (node, token) => registry.knows(node, token),
        admit: admission(at),
      })
    }
    case 'url': {
      const clientId = choice.clientId ?? 'central'
      const service = { name: choice.username ?? clientId, purpose: 'service' } as const
      const byCertificate = authority && choice.url.startsWith('mqtts:') && choice.password === undefined
      return createBrokerClient({
        ...handlers,
        url: choice.url,
        clientId,
        shards,
        certificate: byCertificate ? ownCertificate(authority, service, now) : undefined,
        standIn: byCertificate ? standIn(authority) : undefined,
        ...(choice.username !== undefined && { username: choice.username }),
        ...(choice.password !== undefined && { password: choice.password }),
      })
    }
  }
}

/** The first name is the one people read. */
function serverOrder(names: readonly string[]) {
  const [name = 'localhost', ...hosts] = names
  return { name, hosts, purpose: 'broker' } as const
}

/** As long as central needs to come in once, by clocks that differ a little. */
const STAND_IN_DAYS = 1 / 24

const standIn = (authority: Authority) => async (node: string) => {
  const { key, certificate } = await authority.issueOwn({ name: node, purpose: 'box', days: STAND_IN_DAYS })
  return { key, cert: certificate.pem, ca: authority.pem }
}

function admission({ registry, store, authority, now }: At): Logins['admit'] {
  if (!authority) return undefined
  const certificates = createCertificates({ store, authority, now })
  return async (shown) => {
    const admitted = await certificates.admit(shown)
    if (!admitted.ok || (await registry.find(admitted.name))) return admitted
    return { ok: false, name: admitted.name, reason: 'unregistered' }
  }
}
