/**
 * A device's side of EAP over TLS, by Node's own TLS client, for what eapol_test cannot be told to do: offer a session
 * again, repeat itself, lie about lengths. Follows the same RFCs as the engine and shares its packet codec only.
 */
import { Duplex } from 'node:stream'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { encodeAvp } from '#edge/radius/eap/avp.ts'
import { EAP_TYPE, eapResponse } from '#edge/radius/eap/packet.ts'
import type { EapAnswer, EapEngine, EapMethod, EapRequest } from '#edge/radius/eap/port.ts'

export const TYPE = { ttls: EAP_TYPE.TTLS, tls: EAP_TYPE.TLS, peap: EAP_TYPE.PEAP } as const

export type DeviceOptions = {
  method?: EapMethod
  tls?: '1.2' | '1.3'
  outer?: string
  userName?: string
  /** Said inside the tunnel as soon as it stands. */
  says?: Buffer
  client?: { key: string; certificate: string }
  /** PEM; without it the server's certificate is not looked at. */
  trusts?: string
  session?: Buffer
  /** Octets of TLS data in one response. */
  fragment?: number
  source?: string
  now?: () => number
}

export type Device = {
  /** The next response to what the engine asked; the first one without. */
  respond(asked?: Buffer): Promise<Buffer>
  readonly sessions: Buffer[]
  /** Code of the first TLS error, such as the alert that came. */
  fault(): string | undefined
  socket(): TLSSocket
}

export const credentials = (user: string, password: string): Buffer =>
  Buffer.concat([avp(1, Buffer.from(user)), avp(2, Buffer.from(password))])

export const avp = (code: number, data: Buffer, vendorId = 0): Buffer => encodeAvp({ code, vendorId, mandatory: true, data })

export function device({ method = 'ttls', tls = '1.3', outer = 'anonymous', ...options }: DeviceOptions = {}): Device {
  const { says, client, trusts, session, fragment = 1000 } = options
  const sessions: Buffer[] = []
  let out: Buffer[] = []
  let incoming: Buffer[] = []
  let pending: Buffer[] = []
  let [secure, said] = [false, false]
  let fault: string | undefined
  let socket: TLSSocket | undefined
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      out.push(chunk)
      done()
    },
  })

  const begin = (): void => {
    const version = tls === '1.2' ? 'TLSv1.2' : 'TLSv1.3'
    const wanted: ConnectionOptions = {
      socket: wire,
      minVersion: version,
      maxVersion: version,
      servername: 'radius.uji.example',
      rejectUnauthorized: trusts !== undefined,
      checkServerIdentity: () => undefined,
      ...(trusts !== undefined && { ca: trusts }),
      ...(client && { key: client.key, cert: client.certificate }),
      ...(session && { session }),
    }
    socket = connect(wanted)
    socket.on('secureConnect', () => (secure = true))
    socket.on('session', (offered) => sessions.push(offered))
    socket.on('error', (error: NodeJS.ErrnoException) => (fault ??= error.code))
    socket.resume()
  }

  const turns = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await new Promise(setImmediate)
  }

  const data = async (asked: Buffer): Promise<Buffer> => {
    const flags = asked[5]!
    if (flags & 0x20) {
      if (socket === undefined) begin()
    } else {
      incoming.push(asked.subarray(flags & 0x80 ? 10 : 6))
      if (flags & 0x40) return Buffer.of(0)
      const message = Buffer.concat(incoming)
      incoming = []
      if (pending.length > 0) return pending.shift()!
      if (message.length > 0) wire.push(message)
    }
    await turns()
    if (secure && !said && out.length === 0 && says) {
      said = true
      socket!.write(says)
      await turns()
    }
    const message = Buffer.concat(out)
    out = []
    pending = pieces(message, fragment)
    return pending.shift()!
  }

  return {
    async respond(asked) {
      if (asked === undefined) return eapResponse(7, EAP_TYPE.Identity, Buffer.from(outer))
      if (asked[4] !== TYPE[method]) return eapResponse(asked[1]!, EAP_TYPE.Nak, Buffer.of(TYPE[method]))
      return eapResponse(asked[1]!, TYPE[method], await data(asked))
    },
    sessions,
    fault: () => fault,
    socket: () => socket!,
  }
}

function pieces(message: Buffer, size: number): Buffer[] {
  if (message.length <= size) return [Buffer.concat([Buffer.of(0), message])]
  const parts: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const length = Buffer.alloc(at === 0 ? 4 : 0)
    if (at === 0) length.writeUInt32BE(message.length)
    const flags = (at === 0 ? 0x80 : 0) | (at + size < message.length ? 0x40 : 0)
    parts.push(Buffer.concat([Buffer.of(flags), length, message.subarray(at, at + size)]))
  }
  return parts
}

export type Login = {
  last: EapAnswer
  device: Device
  /** Every request to the engine and its answer, in order. */
  exchanges: { request: EapRequest; answer: EapAnswer }[]
}

const ROUNDS_MAX = 80

/** Until the engine asks no more. */
export async function logIn(engine: EapEngine, options: DeviceOptions = {}): Promise<Login> {
  const own = device(options)
  const exchanges: Login['exchanges'] = []
  let asked: Extract<EapAnswer, { kind: 'challenge' }> | undefined
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const eap = await own.respond(asked?.eap)
    const request = requestOf(eap, asked?.state, options)
    const answer = await engine.answer(request)
    exchanges.push({ request, answer })
    if (answer.kind !== 'challenge') {
      // The last alert may still be on its way up.
      for (let i = 0; i < 3; i++) await new Promise(setImmediate)
      return { last: answer, device: own, exchanges }
    }
    asked = answer
  }
  throw new Error('the engine asks on and on')
}

export const requestOf = (
  eap: Buffer,
  state: Buffer | undefined,
  { userName, outer, source = '10.0.0.2', now }: DeviceOptions = {},
): EapRequest => ({
  client: 'ap-balai-kota',
  source,
  eap,
  state,
  userName: userName === undefined ? Buffer.from(outer ?? 'anonymous') : Buffer.from(userName),
  framedMtu: undefined,
  now: now?.() ?? performance.now(),
})
