/** Who a connection to the embedded broker may be: by certificate over TLS, by token over plain TCP. */
import { TLSSocket } from 'node:tls'
import type { Client } from 'aedes'
import type { Admission } from '../../pki/certificates.ts'
import type { Credential } from './broker-port.ts'

/** Ours have 43 letters. */
const TOKEN_BYTES_MAX = 256
const NAME_SHOWN_MAX = 40

export type Logins = {
  /** The token's hash when it is the node's, else undefined. */
  knows: (node: string, token: Buffer) => Promise<string | undefined>
  /** Absent: nobody comes in by certificate. */
  admit?: ((certificate: ReturnType<TLSSocket['getPeerX509Certificate']>) => Promise<Admission | Unregistered>) | undefined
}
type Unregistered = { ok: false; name: string; reason: 'unregistered' }

export type Login = { ok: true; credential: Credential } | { ok: false; reason: string }

const WHY = {
  none: 'no certificate was shown',
  foreign: 'its certificate is not of this city’s authority',
  purpose: 'its certificate was made for another use',
  expired: 'its certificate has expired',
  'not-yet': 'its certificate is not valid yet: a clock is wrong',
  revoked: 'its certificate was revoked',
  unregistered: 'no such hotspot is registered',
} as const

export async function login(logins: Logins, client: Client, username: string | undefined, token: Buffer | undefined): Promise<Login> {
  if (client.conn instanceof TLSSocket) return byCertificate(logins, client, client.conn, username)
  const named = username !== undefined && username === client.id
  const hash = named && token !== undefined && token.length <= TOKEN_BYTES_MAX ? await logins.knows(username, token) : undefined
  if (hash !== undefined) return { ok: true, credential: { kind: 'token', hash } }
  return { ok: false, reason: `connection refused: ${shown(client.id)} as ${shown(username ?? 'nobody')}` }
}

async function byCertificate({ admit }: Logins, client: Client, road: TLSSocket, username: string | undefined): Promise<Login> {
  const admission = await admit?.(road.getPeerX509Certificate())
  if (!admission) return { ok: false, reason: 'connection refused: nobody comes in by certificate here' }
  // What a stranger calls itself helps to find it, and proves nothing.
  if (!admission.ok) {
    const why = `connection refused: ${WHY[admission.reason]} (${shown(admission.name ?? client.id)})`
    return { ok: false, reason: why }
  }
  const { name, serial, notAfter } = admission
  if (client.id === name && (username === undefined || username === name))
    return { ok: true, credential: { kind: 'certificate', serial, notAfter } }
  return { ok: false, reason: `connection refused: ${name} calls itself ${shown(client.id)} as ${shown(username ?? 'nobody')}` }
}

const shown = (name: string) => name.slice(0, NAME_SHOWN_MAX)
