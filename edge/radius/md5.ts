/**
 * MD5 (RFC 1321) and HMAC-MD5 (RFC 2104), because RADIUS signs everything with them, several times per packet.
 *
 * Why not node:crypto: a packet here is two to four MD5 blocks, and the cost of calling into OpenSSL is larger than the
 * work. Measured on Node 24, 110 octets: createHmac with a cached KeyObject 3.7 us, crypto.hash 1.2 us, this 0.3 us per
 * block. It also keeps working where OpenSSL refuses MD5 (FIPS). Every length is cross-checked against node:crypto in
 * test/edge/radius/md5.test.ts. Not re-entrant: it works in module-level scratch space and never awaits.
 */

export const MD5_OCTETS = 16
const BLOCK_OCTETS = 64

const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0)
const INITIAL = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476)

const words = new Int32Array(16)
const state = new Int32Array(4)
const tail = new Uint8Array(2 * BLOCK_OCTETS)
const innerDigest = new Uint8Array(MD5_OCTETS)

/** Writes MD5(bytes[0, length)) to `out` at `outAt`; `out` may be `bytes` itself. */
export function md5Into(bytes: Uint8Array, length: number, out: Uint8Array, outAt: number): void {
  digest(INITIAL, 0, bytes, length, out, outAt)
}

/** The two MD5 states left after the padded key: one block less to hash for each half of each HMAC. */
export type HmacMd5Key = { inner: Int32Array; outer: Int32Array }

export function hmacMd5Key(secret: Uint8Array): HmacMd5Key {
  const key = new Uint8Array(BLOCK_OCTETS)
  if (secret.length > BLOCK_OCTETS) md5Into(secret, secret.length, key, 0)
  else key.set(secret)
  return { inner: stateAfterPad(key, 0x36), outer: stateAfterPad(key, 0x5c) }
}

/** Writes HMAC-MD5(key, bytes[0, length)) to `out` at `outAt`; `out` may be `bytes` itself. */
export function hmacMd5Into(key: HmacMd5Key, bytes: Uint8Array, length: number, out: Uint8Array, outAt: number): void {
  digest(key.inner, BLOCK_OCTETS, bytes, length, innerDigest, 0)
  digest(key.outer, BLOCK_OCTETS, innerDigest, MD5_OCTETS, out, outAt)
}

function stateAfterPad(key: Uint8Array, pad: number): Int32Array {
  state.set(INITIAL)
  absorbBlock(
    key.map((octet) => octet ^ pad),
    0,
  )
  return state.slice()
}

/** `before` octets were already absorbed into `from`; lengths here stay far below the 2^29 octets where 32 bits end. */
function digest(from: Int32Array, before: number, bytes: Uint8Array, length: number, out: Uint8Array, outAt: number): void {
  state.set(from)
  let at = 0
  for (; at + BLOCK_OCTETS <= length; at += BLOCK_OCTETS) absorbBlock(bytes, at)

  const rest = length - at
  tail.fill(0)
  for (let i = 0; i < rest; i++) tail[i] = bytes[at + i]!
  tail[rest] = 0x80
  const end = rest < BLOCK_OCTETS - 8 ? BLOCK_OCTETS : 2 * BLOCK_OCTETS
  writeWord(tail, end - 8, (before + length) << 3)
  for (let block = 0; block < end; block += BLOCK_OCTETS) absorbBlock(tail, block)

  for (let i = 0; i < 4; i++) writeWord(out, outAt + 4 * i, state[i]!)
}

/** RFC 1321 §3.4: four rounds of sixteen steps, written four at a time so that the registers need no turning. */
function absorbBlock(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const o = at + 4 * i
    words[i] = bytes[o]! | (bytes[o + 1]! << 8) | (bytes[o + 2]! << 16) | (bytes[o + 3]! << 24)
  }
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
  for (let i = 0; i < 16; i += 4) {
    a = step(a, b, d ^ (b & (c ^ d)), i, i, 7)
    d = step(d, a, c ^ (a & (b ^ c)), i + 1, i + 1, 12)
    c = step(c, d, b ^ (d & (a ^ b)), i + 2, i + 2, 17)
    b = step(b, c, a ^ (c & (d ^ a)), i + 3, i + 3, 22)
  }
  for (let i = 16; i < 32; i += 4) {
    a = step(a, b, c ^ (d & (b ^ c)), i, 5 * i + 1, 5)
    d = step(d, a, b ^ (c & (a ^ b)), i + 1, 5 * i + 6, 9)
    c = step(c, d, a ^ (b & (d ^ a)), i + 2, 5 * i + 11, 14)
    b = step(b, c, d ^ (a & (c ^ d)), i + 3, 5 * i + 16, 20)
  }
  for (let i = 32; i < 48; i += 4) {
    a = step(a, b, b ^ c ^ d, i, 3 * i + 5, 4)
    d = step(d, a, a ^ b ^ c, i + 1, 3 * i + 8, 11)
    c = step(c, d, d ^ a ^ b, i + 2, 3 * i + 11, 16)
    b = step(b, c, c ^ d ^ a, i + 3, 3 * i + 14, 23)
  }
  for (let i = 48; i < 64; i += 4) {
    a = step(a, b, c ^ (b | ~d), i, 7 * i, 6)
    d = step(d, a, b ^ (a | ~c), i + 1, 7 * i + 7, 10)
    c = step(c, d, a ^ (d | ~b), i + 2, 7 * i + 14, 15)
    b = step(b, c, d ^ (c | ~a), i + 3, 7 * i + 21, 21)
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
}

function step(register: number, next: number, mixed: number, sine: number, word: number, shift: number): number {
  const sum = (register + mixed + SINES[sine]! + words[word & 15]!) | 0
  return (next + ((sum << shift) | (sum >>> (32 - shift)))) | 0
}

function writeWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word
  out[at + 1] = word >>> 8
  out[at + 2] = word >>> 16
  out[at + 3] = word >>> 24
}
