/**
 * One TLS session whose records travel in EAP rather than over a socket: node:tls on a stream that ends in memory.
 *
 * Seen on Node 24: OpenSSL works within the very call that hands records in, so its answer is there at once; an error
 * arrives a moment later. Each step therefore takes one turn of the event loop and more only while records keep coming.
 */
import { constants, type X509Certificate } from 'node:crypto'
import { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'

/** One is enough as seen; the rest is for a runtime that writes in several goes. */
const TURNS_MAX = 8
/** What an EAP peer may say inside in one message: names, passwords, responses. */
const CLEARTEXT_OCTETS_MAX = 8192

/** Forward secrecy and authenticated encryption, which every device with TLS 1.2 has; TLS 1.3 knows nothing weaker. */
const TLS_1_2_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const TLS_1_3_CIPHERS = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_256_GCM_SHA384']

/**
 * One group of equals (OpenSSL's `:`), so that whatever key share a client sends is taken without another round. The first is
 * safe from a later quantum computer where a device offers it; P-256 before X25519 since it is measured cheaper here.
 */
const GROUPS = ['X25519MLKEM768', 'P-256', 'X25519', 'P-384']

export type TunnelSettings = {
  readonly key: string
  readonly certificates: string
  /** Given: clients must present a certificate, which is judged against these. PEM. */
  readonly clientAuthorities?: string | undefined
  readonly revocationLists?: string | undefined
}

/** @throws Error when OpenSSL cannot use the key, the certificates or the lists. */
export const tunnelContext = ({ key, certificates, clientAuthorities, revocationLists }: TunnelSettings): SecureContext =>
  createSecureContext({
    key,
    cert: certificates,
    ...(clientAuthorities !== undefined && { ca: clientAuthorities }),
    ...(revocationLists !== undefined && { crl: eachList(revocationLists) }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [...TLS_1_3_CIPHERS, ...TLS_1_2_CIPHERS].join(':'),
    honorCipherOrder: true,
    ecdhCurve: GROUPS.join(':'),
    // No session is ever resumed: whoever only finished a handshake, or was refused, must not come back with its ticket.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  })

/** OpenSSL would read the first of a file only. */
const eachList = (pem: string): string[] => pem.match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? []

type TunnelStep = {
  /** TLS records for the peer; an alert when `failed`. */
  readonly outgoing: Buffer
  readonly cleartext: Buffer
  readonly failed: boolean
}

export type Tunnel = {
  /** Takes whole messages of the peer. */
  receive(records: Buffer): Promise<TunnelStep>
  /** The records that carry this. */
  say(cleartext: Buffer): Promise<TunnelStep>
  isSecure(): boolean
  version(): 'TLSv1.2' | 'TLSv1.3'
  exportKey(octets: number, label: string, context?: Buffer): Buffer
  peerCertificate(): X509Certificate | undefined
  /** What OpenSSL found wrong with the peer's chain, as Node names it; undefined when it leads to an authority and is valid now. */
  verifyError(): string | undefined
  /** TLS 1.3, where the tunnel was opened to judge certificates: what our first application record is encrypted with. */
  serverTrafficSecret(): Buffer | undefined
  cipher(): string
  /** OpenSSL's code for what went wrong, such as the alert that the peer sent. */
  failure(): string | undefined
  close(): void
}

/** OpenSSL judges the chain in the handshake, but Node tells the result only to its own tls.Server, from this handle. */
type Judging = { _handle?: { verifyError?(): { code?: string } | null | undefined } | null }

export function openTunnel(context: SecureContext, { judgesCertificates }: { judgesCertificates: boolean }): Tunnel {
  let outgoing: Buffer[] = []
  let cleartext: Buffer[] = []
  let heard = 0
  let [secure, failed] = [false, false]
  let trafficSecret: Buffer | undefined

  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      outgoing.push(chunk)
      done()
    },
  })
  // rejectUnauthorized makes OpenSSL itself refuse a client without any certificate, with the alert for that.
  const socket = new TLSSocket(wire, {
    isServer: true,
    secureContext: context,
    requestCert: judgesCertificates,
    rejectUnauthorized: judgesCertificates,
  })
  let code: string | undefined
  const fail = (error?: unknown): void => {
    failed = true
    if (error instanceof Error && 'code' in error) code ??= String(error.code)
  }
  socket.on('secure', () => {
    // Impossible without tickets and without a cache; if a runtime ever made it possible, it must not pass for a login.
    if (socket.isSessionReused()) fail()
    else secure = true
  })
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.length
    if (heard > CLEARTEXT_OCTETS_MAX) fail()
    else cleartext.push(chunk)
  })
  for (const event of ['error', 'end', 'close', '_tlsError']) socket.on(event, fail)
  wire.on('error', fail)
  if (judgesCertificates)
    socket.on('keylog', (line: Buffer) => {
      const [label, , secret] = line.toString('latin1').trim().split(' ')
      if (label === 'SERVER_TRAFFIC_SECRET_0' && secret !== undefined) trafficSecret = Buffer.from(secret, 'hex')
    })

  const settle = async (): Promise<TunnelStep> => {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const before = outgoing.length + cleartext.length
      await new Promise(setImmediate)
      if (failed || outgoing.length + cleartext.length === before) break
    }
    const step = { outgoing: Buffer.concat(outgoing), cleartext: failed ? Buffer.alloc(0) : Buffer.concat(cleartext), failed }
    for (const chunk of cleartext) chunk.fill(0)
    outgoing = []
    cleartext = []
    heard = 0
    return step
  }

  return {
    receive(records) {
      if (!failed) wire.push(records)
      return settle()
    },
    say(octets) {
      if (!failed) socket.write(octets)
      return settle()
    },
    isSecure: () => secure && !failed,
    version: () => (socket.getProtocol() === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2'),
    exportKey: (octets, label, context) =>
      context === undefined ? socket.exportKeyingMaterial(octets, label, undefined!) : socket.exportKeyingMaterial(octets, label, context),
    peerCertificate: () => socket.getPeerX509Certificate(),
    verifyError() {
      const handle = (socket as unknown as Judging)._handle
      // Refused, should a later Node no longer tell: nothing may count as verified that was not.
      if (typeof handle?.verifyError !== 'function') return 'UNKNOWN'
      const error = handle.verifyError()
      return error ? (error.code ?? 'UNKNOWN') : undefined
    },
    serverTrafficSecret: () => trafficSecret,
    cipher: () => socket.getCipher().standardName,
    failure: () => code,
    close() {
      trafficSecret?.fill(0)
      socket.destroy()
      wire.destroy()
    },
  }
}
