/** The access point's side of RADIUS, for tests and benchmarks: builds signed requests, sends them, collects what comes back. */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { integerAttribute, octetsAttribute, textAttribute } from '#edge/radius/attributes.ts'
import { hidePassword, writeAccountingAuthenticator } from '#edge/radius/authenticator.ts'
import { UNSIGNED_MESSAGE_AUTHENTICATOR, writeMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { CODE, encodePacket, HEADER_OCTETS, type Attribute } from '#edge/radius/packet.ts'
import { sharedSecret, type SharedSecret } from '#edge/radius/secret.ts'

export const SECRET_TEXT = 'a-secret-of-more-than-16-characters'
export const SECRET = sharedSecret(SECRET_TEXT)

type AccessFields = { userName: string; password: string; identifier?: number; secret?: SharedSecret; attributes?: Attribute[] }

export function accessRequest({ userName, password, identifier = 1, secret = SECRET, attributes = [] }: AccessFields): Buffer {
  const authenticator = randomBytes(16)
  const octets = encodePacket({
    code: CODE['Access-Request'],
    identifier,
    authenticator,
    attributes: [
      UNSIGNED_MESSAGE_AUTHENTICATOR,
      textAttribute('User-Name', userName),
      octetsAttribute('User-Password', hidePassword(Buffer.from(password), authenticator, secret)!),
      ...attributes,
    ],
  })!
  writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
  return octets
}

/** An Access-Request of any attributes, which may depend on its authenticator; `unproven`: without Message-Authenticator. */
export function requestWith(
  attributesOf: (authenticator: Buffer) => readonly Attribute[],
  { identifier = 1, secret = SECRET, unproven = false }: { identifier?: number; secret?: SharedSecret; unproven?: boolean } = {},
): Buffer {
  const authenticator = randomBytes(16)
  const octets = encodePacket({
    code: CODE['Access-Request'],
    identifier,
    authenticator,
    attributes: [...(unproven ? [] : [UNSIGNED_MESSAGE_AUTHENTICATOR]), ...attributesOf(authenticator)],
  })!
  if (!unproven) writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
  return octets
}

export const papAttributes =
  (userName: string, password: string, more: readonly Attribute[] = [], secret: SharedSecret = SECRET) =>
  (authenticator: Buffer): Attribute[] => [
    textAttribute('User-Name', userName),
    octetsAttribute('User-Password', hidePassword(Buffer.from(password), authenticator, secret)!),
    ...more,
  ]

export function statusServer(identifier = 1, secret: SharedSecret = SECRET): Buffer {
  const octets = encodePacket({
    code: CODE['Status-Server'],
    identifier,
    authenticator: randomBytes(16),
    attributes: [UNSIGNED_MESSAGE_AUTHENTICATOR],
  })!
  writeMessageAuthenticator(octets, HEADER_OCTETS, secret)
  return octets
}

export type AccountingFields = {
  status: number
  sessionId: string
  identifier?: number
  seconds?: number
  input?: number
  output?: number
  mac?: string
  nas?: string
  cause?: number
  attributes?: readonly Attribute[]
}

export function accountingRequest(fields: AccountingFields, secret: SharedSecret = SECRET): Buffer {
  const attributes = [
    integerAttribute('Acct-Status-Type', fields.status),
    textAttribute('Acct-Session-Id', fields.sessionId),
    textAttribute('NAS-Identifier', fields.nas ?? 'ap-1'),
    textAttribute('Calling-Station-Id', fields.mac ?? 'AA-BB-CC-00-00-01'),
  ]
  if (fields.seconds !== undefined) attributes.push(integerAttribute('Acct-Session-Time', fields.seconds))
  if (fields.input !== undefined) attributes.push(integerAttribute('Acct-Input-Octets', fields.input))
  if (fields.output !== undefined) attributes.push(integerAttribute('Acct-Output-Octets', fields.output))
  if (fields.cause !== undefined) attributes.push(integerAttribute('Acct-Terminate-Cause', fields.cause))
  attributes.push(...(fields.attributes ?? []))
  const octets = encodePacket({
    code: CODE['Accounting-Request'],
    identifier: fields.identifier ?? 1,
    authenticator: Buffer.alloc(16),
    attributes,
  })!
  writeAccountingAuthenticator(octets, secret)
  return octets
}

export type AccessPoint = {
  send(port: number, octets: Buffer): Promise<void>
  /** Everything that has come back so far. */
  replies: Buffer[]
  /** Resolves when this many replies have come; rejects after `BOUND_MS`. */
  received(count: number): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Far beyond any answer on loopback; only a failing test waits this long. */
const BOUND_MS = 10_000

export async function accessPoint({
  server = '127.0.0.1',
  source = server,
}: { server?: string; source?: string } = {}): Promise<AccessPoint> {
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4')
  socket.bind({ address: source, port: 0 })
  await once(socket, 'listening')
  const replies: Buffer[] = []
  let wake = (): void => undefined
  socket.on('message', (octets) => {
    replies.push(octets)
    wake()
  })
  return {
    send: (port, octets) => new Promise((sent, failed) => socket.send(octets, port, server, (error) => (error ? failed(error) : sent()))),
    replies,
    async received(count) {
      const end = performance.now() + BOUND_MS
      while (replies.length < count) {
        const left = end - performance.now()
        if (left <= 0) throw new Error(`${replies.length} of ${count} replies in ${BOUND_MS} ms`)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    },
    [Symbol.asyncDispose]: () => new Promise((closed) => socket.close(closed)),
  }
}
