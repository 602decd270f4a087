/** Keys for what follows the login: how MS-CHAPv2 yields them (RFC 3079 §3) and how they travel (RFC 2548 §2.4). Pure but for the salt. */
import { createHash, randomBytes } from 'node:crypto'
import { MICROSOFT } from './dictionary/microsoft.ts'
import { md4 } from './mschap/md4.ts'
import { md5Into, MD5_OCTETS } from './md5.ts'
import type { Attribute } from './packet.ts'
import type { SharedSecret } from './secret.ts'
import { vendorAttribute } from './vendor.ts'

const SALT_OCTETS = 2
/** RFC 3079 §3.4: 128-bit keys. */
const SESSION_KEY_OCTETS = 16

export type MppeKeys = { send: Uint8Array; recv: Uint8Array }

/** RFC 3748 §7.10 and RFC 3580 §3.16: the access point receives with the first half of the MSK and sends with the second. */
export const keysOfMsk = (msk: Uint8Array): MppeKeys => ({ recv: msk.subarray(0, 32), send: msk.subarray(32, 64) })

const MASTER_MAGIC = Buffer.from('This is the MPPE Master Key', 'ascii')
const CLIENT_SENDS = Buffer.from('On the client side, this is the send key; on the server side, it is the receive key.', 'ascii')
const SERVER_SENDS = Buffer.from('On the client side, this is the receive key; on the server side, it is the send key.', 'ascii')
const SHS_PAD_1 = Buffer.alloc(40)
const SHS_PAD_2 = Buffer.alloc(40, 0xf2)

/** RFC 3079 §3.3: the server's keys after MS-CHAPv2. */
export function keysOfMsChapV2(ntHash: Uint8Array, ntResponse: Uint8Array): MppeKeys {
  const master = sha1(md4(ntHash), ntResponse, MASTER_MAGIC).subarray(0, 16)
  const asymmetric = (magic: Buffer): Buffer => sha1(master, SHS_PAD_1, magic, SHS_PAD_2).subarray(0, SESSION_KEY_OCTETS)
  return { send: asymmetric(SERVER_SENDS), recv: asymmetric(CLIENT_SENDS) }
}

function sha1(...parts: Uint8Array[]): Buffer {
  const digest = createHash('sha1')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** Both keys as attributes of an Access-Accept to the request with this authenticator. */
export function mppeAttributes({ send, recv }: MppeKeys, requestAuthenticator: Uint8Array, secret: SharedSecret): Attribute[] {
  const [sendSalt, recvSalt] = twoSalts()
  return [
    vendorAttribute(MICROSOFT, 'MS-MPPE-Send-Key', hideKey(send, sendSalt, requestAuthenticator, secret)),
    vendorAttribute(MICROSOFT, 'MS-MPPE-Recv-Key', hideKey(recv, recvSalt, requestAuthenticator, secret)),
  ]
}

/** RFC 2548 §2.4.2: the leftmost bit is set, and no two salts of one packet are alike. */
function twoSalts(): [Buffer, Buffer] {
  const first = randomBytes(SALT_OCTETS)
  first[0] = first[0]! | 0x80
  const second = Buffer.from(first)
  second[1] = second[1]! ^ 1
  return [first, second]
}

/** RFC 2548 §2.4.2: salt, then length, key and padding under a chain of MD5 pads. */
export function hideKey(key: Uint8Array, salt: Uint8Array, requestAuthenticator: Uint8Array, secret: SharedSecret): Buffer {
  const hidden = Buffer.alloc(SALT_OCTETS + Math.ceil((1 + key.length) / MD5_OCTETS) * MD5_OCTETS)
  hidden.set(salt)
  hidden[SALT_OCTETS] = key.length
  hidden.set(key, SALT_OCTETS + 1)
  eachBlock(hidden, requestAuthenticator, secret, (at) => hidden.subarray(at - MD5_OCTETS, at))
  return hidden
}

/** Undefined when it is no key under this secret. The access point's side of it, for tests. */
export function unhideKey(hidden: Uint8Array, requestAuthenticator: Uint8Array, secret: SharedSecret): Buffer | undefined {
  const blocks = hidden.length - SALT_OCTETS
  if (blocks < MD5_OCTETS || blocks % MD5_OCTETS !== 0) return undefined
  const clear = Buffer.from(hidden)
  eachBlock(clear, requestAuthenticator, secret, (at) => hidden.subarray(at - MD5_OCTETS, at))
  const length = clear[SALT_OCTETS]!
  return length < blocks ? clear.subarray(SALT_OCTETS + 1, SALT_OCTETS + 1 + length) : undefined
}

/** b(1) = MD5(secret + authenticator + salt), b(i) = MD5(secret + c(i-1)). */
function eachBlock(octets: Buffer, requestAuthenticator: Uint8Array, secret: SharedSecret, hiddenBefore: (at: number) => Uint8Array): void {
  const pad = Buffer.alloc(MD5_OCTETS)
  for (let at = SALT_OCTETS; at < octets.length; at += MD5_OCTETS) {
    const before = at === SALT_OCTETS ? Buffer.concat([requestAuthenticator, octets.subarray(0, SALT_OCTETS)]) : hiddenBefore(at)
    const input = Buffer.concat([secret.octets, before])
    md5Into(input, input.length, pad, 0)
    for (let i = 0; i < MD5_OCTETS; i++) octets[at + i] = octets[at + i]! ^ pad[i]!
  }
}
