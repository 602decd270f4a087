/**
 * A TLS connection to central's broker on which both ends have proved who they are, before a word of MQTT is said. The
 * broker's certificate is checked here and not by OpenSSL, which knows the time only from this box's clock: a box without
 * one would be shut out until somebody sets it, and central is where it gets the time from.
 */
import { isIP } from 'node:net'
import type { X509Certificate } from 'node:crypto'
import { connect, type TLSSocket } from 'node:tls'
import { doubtAbout, isIssuedBy, readIdentity, type Identity, type IdentityFiles } from './identity.ts'
import { dayOf, isOver } from './validity.ts'

export type SecureRoadOptions = {
  /** mqtts://host:port */
  url: string
  node: string
  files: IdentityFiles
  /** False: certificates are not held against this box's time. */
  clockTrusted: () => boolean
  now: () => number
  timeoutSeconds: number
}
/** `code`: a word of the system's or OpenSSL's, or CONNACK's number. */
export type Fault = Error & { code?: string | number | undefined }
export type SecureRoad = {
  /** @throws Error in words for whoever stands before the box. */
  open(): Promise<TLSSocket>
  /** What a fault that comes later means. */
  explain(error: Fault): string
}

const MQTTS_PORT = 8883
/** id-kp-serverAuth, RFC 5280 §4.2.1.12. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
/** CONNACK, MQTT 3.1.1 §3.2.2.3: bad name or password, not authorized. */
const REFUSED: readonly unknown[] = [4, 5]
/** What a broker that checks certificates in the handshake says (RFC 8446 §6.2). */
const ALERT = /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/

export function secureRoad(options: SecureRoadOptions): SecureRoad {
  const { hostname, port } = new URL(options.url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const place = `${host}:${port || MQTTS_PORT}`
  let identity: Identity | undefined

  const explain = (error: Fault) => {
    if (!REFUSED.includes(error.code) && !ALERT.test(String(error.code))) return wordsOf(error, place)
    const own = identity && doubtAbout(identity, options.now(), options.clockTrusted())
    return `central does not let this box in: ${own ?? ownFault(error)}`
  }
  return {
    explain,
    async open() {
      identity = readIdentity(options.files, options.node)
      const socket = connect({
        host,
        port: Number(port) || MQTTS_PORT,
        ...(isIP(host) === 0 && { servername: host }),
        ...identity.pem,
        minVersion: 'TLSv1.2',
        // Checked below.
        rejectUnauthorized: false,
      })
      await greeted(socket, options.timeoutSeconds * 1_000, explain)
      const why = problemOf(socket, { identity, host, place, options })
      if (why === undefined) return socket
      socket.destroy()
      throw new Error(why)
    },
  }
}

async function greeted(socket: TLSSocket, milliseconds: number, explain: (error: Fault) => string): Promise<void> {
  const outcome = Promise.withResolvers<void>()
  const late = setTimeout(() => outcome.reject(new Error('no answer in time')), milliseconds)
  const onError = (error: Error) => outcome.reject(new Error(explain(error), { cause: error }))
  const onClose = () => outcome.reject(new Error('the connection was closed during the handshake'))
  socket.once('error', onError).once('close', onClose)
  socket.once('secureConnect', () => outcome.resolve())
  try {
    await outcome.promise
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(late)
    socket.off('close', onClose)
  }
  socket.off('error', onError)
}

function problemOf(
  socket: TLSSocket,
  at: { identity: Identity; host: string; place: string; options: SecureRoadOptions },
): string | undefined {
  const { identity, host, place, options } = at
  // Once only: a second call finds nothing (Node takes it off the chain).
  const shown = socket.getPeerX509Certificate()
  if (!shown) return `what answers at ${place} shows no certificate`
  if (!identity.authorities.some((authority) => isIssuedBy(shown, authority))) {
    return `what answers at ${place} is not central: its certificate is not of the authority in ${options.files.ca} (somebody else's server, or the file is of another city or old)`
  }
  if (!shown.keyUsage?.includes(SERVER_AUTH)) return `what answers at ${place} is not central: its certificate is no server's`
  if ((isIP(host) === 0 ? shown.checkHost(host) : shown.checkIP(host)) === undefined) {
    return `the broker's certificate is for ${shown.subjectAltName ?? 'nobody'}, and not for ${host}`
  }
  return options.clockTrusted() ? untimely(shown, options.now()) : undefined
}

function untimely(shown: X509Certificate, now: number): string | undefined {
  if (isOver(shown, now) === undefined) return undefined
  const [from, to] = [shown.validFrom, shown.validTo].map((time) => dayOf(Date.parse(time)))
  return `the broker's certificate is good from ${from} to ${to}, and this box's clock says ${dayOf(now)}: one of the two is wrong`
}

function ownFault({ code }: Fault): string {
  const word = String(code)
  if (word.includes('REVOKED')) return "this box's certificate was revoked"
  if (word.includes('EXPIRED')) return "this box's certificate has ended by central's clock"
  if (word.includes('UNKNOWN_CA')) return "this box's certificate is not of central's authority"
  return "this box's certificate was revoked, or the hotspot is not registered there"
}

function wordsOf(error: Fault, place: string): string {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name in ${place} does not resolve`
    case 'ECONNREFUSED':
      return `nothing listens at ${place}`
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `what answers at ${place} does not speak TLS`
    case undefined:
    default:
      return error.message || String(error.code ?? 'connection error')
  }
}
