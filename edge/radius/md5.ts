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
  // By hand rather than set() and fill(): for so few octets the calls cost more than the work.
  for (let i = 0; i < 4; i++) state[i] = from[i]!
  let at = 0
  for (; at + BLOCK_OCTETS <= length; at += BLOCK_OCTETS) absorbBlock(bytes, at)

  const rest = length - at
  const end = rest < BLOCK_OCTETS - 8 ? BLOCK_OCTETS : 2 * BLOCK_OCTETS
  for (let i = 0; i < rest; i++) tail[i] = bytes[at + i]!
  tail[rest] = 0x80
  for (let i = rest + 1; i < end; i++) tail[i] = 0
  writeWord(tail, end - 8, (before + length) << 3)
  for (let block = 0; block < end; block += BLOCK_OCTETS) absorbBlock(tail, block)

  for (let i = 0; i < 4; i++) writeWord(out, outAt + 4 * i, state[i]!)
}

/**
 * RFC 1321 §3.4. Each step is written out with its word, constant and turn: measured at twice the speed of a loop over
 * tables, since every look-up then is a fixed place and every turn one instruction.
 */
function absorbBlock(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const o = at + 4 * i
    words[i] = bytes[o]! | (bytes[o + 1]! << 8) | (bytes[o + 2]! << 16) | (bytes[o + 3]! << 24)
  }
  const a = state[0]!
  const b = state[1]!
  const c = state[2]!
  const d = state[3]!
  firstRound(a, b, c, d)
  secondRound(state[0]!, state[1]!, state[2]!, state[3]!)
  thirdRound(state[0]!, state[1]!, state[2]!, state[3]!)
  fourthRound(state[0]!, state[1]!, state[2]!, state[3]!)
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
}

function firstRound(a: number, b: number, c: number, d: number): void {
  a = (b + turned((a + (d ^ (b & (c ^ d))) + words[0]! + -680876936) | 0, 7)) | 0
  d = (a + turned((d + (c ^ (a & (b ^ c))) + words[1]! + -389564586) | 0, 12)) | 0
  c = (d + turned((c + (b ^ (d & (a ^ b))) + words[2]! + 606105819) | 0, 17)) | 0
  b = (c + turned((b + (a ^ (c & (d ^ a))) + words[3]! + -1044525330) | 0, 22)) | 0
  a = (b + turned((a + (d ^ (b & (c ^ d))) + words[4]! + -176418897) | 0, 7)) | 0
  d = (a + turned((d + (c ^ (a & (b ^ c))) + words[5]! + 1200080426) | 0, 12)) | 0
  c = (d + turned((c + (b ^ (d & (a ^ b))) + words[6]! + -1473231341) | 0, 17)) | 0
  b = (c + turned((b + (a ^ (c & (d ^ a))) + words[7]! + -45705983) | 0, 22)) | 0
  a = (b + turned((a + (d ^ (b & (c ^ d))) + words[8]! + 1770035416) | 0, 7)) | 0
  d = (a + turned((d + (c ^ (a & (b ^ c))) + words[9]! + -1958414417) | 0, 12)) | 0
  c = (d + turned((c + (b ^ (d & (a ^ b))) + words[10]! + -42063) | 0, 17)) | 0
  b = (c + turned((b + (a ^ (c & (d ^ a))) + words[11]! + -1990404162) | 0, 22)) | 0
  a = (b + turned((a + (d ^ (b & (c ^ d))) + words[12]! + 1804603682) | 0, 7)) | 0
  d = (a + turned((d + (c ^ (a & (b ^ c))) + words[13]! + -40341101) | 0, 12)) | 0
  c = (d + turned((c + (b ^ (d & (a ^ b))) + words[14]! + -1502002290) | 0, 17)) | 0
  b = (c + turned((b + (a ^ (c & (d ^ a))) + words[15]! + 1236535329) | 0, 22)) | 0
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function secondRound(a: number, b: number, c: number, d: number): void {
  a = (b + turned((a + (c ^ (d & (b ^ c))) + words[1]! + -165796510) | 0, 5)) | 0
  d = (a + turned((d + (b ^ (c & (a ^ b))) + words[6]! + -1069501632) | 0, 9)) | 0
  c = (d + turned((c + (a ^ (b & (d ^ a))) + words[11]! + 643717713) | 0, 14)) | 0
  b = (c + turned((b + (d ^ (a & (c ^ d))) + words[0]! + -373897302) | 0, 20)) | 0
  a = (b + turned((a + (c ^ (d & (b ^ c))) + words[5]! + -701558691) | 0, 5)) | 0
  d = (a + turned((d + (b ^ (c & (a ^ b))) + words[10]! + 38016083) | 0, 9)) | 0
  c = (d + turned((c + (a ^ (b & (d ^ a))) + words[15]! + -660478335) | 0, 14)) | 0
  b = (c + turned((b + (d ^ (a & (c ^ d))) + words[4]! + -405537848) | 0, 20)) | 0
  a = (b + turned((a + (c ^ (d & (b ^ c))) + words[9]! + 568446438) | 0, 5)) | 0
  d = (a + turned((d + (b ^ (c & (a ^ b))) + words[14]! + -1019803690) | 0, 9)) | 0
  c = (d + turned((c + (a ^ (b & (d ^ a))) + words[3]! + -187363961) | 0, 14)) | 0
  b = (c + turned((b + (d ^ (a & (c ^ d))) + words[8]! + 1163531501) | 0, 20)) | 0
  a = (b + turned((a + (c ^ (d & (b ^ c))) + words[13]! + -1444681467) | 0, 5)) | 0
  d = (a + turned((d + (b ^ (c & (a ^ b))) + words[2]! + -51403784) | 0, 9)) | 0
  c = (d + turned((c + (a ^ (b & (d ^ a))) + words[7]! + 1735328473) | 0, 14)) | 0
  b = (c + turned((b + (d ^ (a & (c ^ d))) + words[12]! + -1926607734) | 0, 20)) | 0
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function thirdRound(a: number, b: number, c: number, d: number): void {
  a = (b + turned((a + (b ^ c ^ d) + words[5]! + -378558) | 0, 4)) | 0
  d = (a + turned((d + (a ^ b ^ c) + words[8]! + -2022574463) | 0, 11)) | 0
  c = (d + turned((c + (d ^ a ^ b) + words[11]! + 1839030562) | 0, 16)) | 0
  b = (c + turned((b + (c ^ d ^ a) + words[14]! + -35309556) | 0, 23)) | 0
  a = (b + turned((a + (b ^ c ^ d) + words[1]! + -1530992060) | 0, 4)) | 0
  d = (a + turned((d + (a ^ b ^ c) + words[4]! + 1272893353) | 0, 11)) | 0
  c = (d + turned((c + (d ^ a ^ b) + words[7]! + -155497632) | 0, 16)) | 0
  b = (c + turned((b + (c ^ d ^ a) + words[10]! + -1094730640) | 0, 23)) | 0
  a = (b + turned((a + (b ^ c ^ d) + words[13]! + 681279174) | 0, 4)) | 0
  d = (a + turned((d + (a ^ b ^ c) + words[0]! + -358537222) | 0, 11)) | 0
  c = (d + turned((c + (d ^ a ^ b) + words[3]! + -722521979) | 0, 16)) | 0
  b = (c + turned((b + (c ^ d ^ a) + words[6]! + 76029189) | 0, 23)) | 0
  a = (b + turned((a + (b ^ c ^ d) + words[9]! + -640364487) | 0, 4)) | 0
  d = (a + turned((d + (a ^ b ^ c) + words[12]! + -421815835) | 0, 11)) | 0
  c = (d + turned((c + (d ^ a ^ b) + words[15]! + 530742520) | 0, 16)) | 0
  b = (c + turned((b + (c ^ d ^ a) + words[2]! + -995338651) | 0, 23)) | 0
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

function fourthRound(a: number, b: number, c: number, d: number): void {
  a = (b + turned((a + (c ^ (b | ~d)) + words[0]! + -198630844) | 0, 6)) | 0
  d = (a + turned((d + (b ^ (a | ~c)) + words[7]! + 1126891415) | 0, 10)) | 0
  c = (d + turned((c + (a ^ (d | ~b)) + words[14]! + -1416354905) | 0, 15)) | 0
  b = (c + turned((b + (d ^ (c | ~a)) + words[5]! + -57434055) | 0, 21)) | 0
  a = (b + turned((a + (c ^ (b | ~d)) + words[12]! + 1700485571) | 0, 6)) | 0
  d = (a + turned((d + (b ^ (a | ~c)) + words[3]! + -1894986606) | 0, 10)) | 0
  c = (d + turned((c + (a ^ (d | ~b)) + words[10]! + -1051523) | 0, 15)) | 0
  b = (c + turned((b + (d ^ (c | ~a)) + words[1]! + -2054922799) | 0, 21)) | 0
  a = (b + turned((a + (c ^ (b | ~d)) + words[8]! + 1873313359) | 0, 6)) | 0
  d = (a + turned((d + (b ^ (a | ~c)) + words[15]! + -30611744) | 0, 10)) | 0
  c = (d + turned((c + (a ^ (d | ~b)) + words[6]! + -1560198380) | 0, 15)) | 0
  b = (c + turned((b + (d ^ (c | ~a)) + words[13]! + 1309151649) | 0, 21)) | 0
  a = (b + turned((a + (c ^ (b | ~d)) + words[4]! + -145523070) | 0, 6)) | 0
  d = (a + turned((d + (b ^ (a | ~c)) + words[11]! + -1120210379) | 0, 10)) | 0
  c = (d + turned((c + (a ^ (d | ~b)) + words[2]! + 718787259) | 0, 15)) | 0
  b = (c + turned((b + (d ^ (c | ~a)) + words[9]! + -343485551) | 0, 21)) | 0
  state[0] = a
  state[1] = b
  state[2] = c
  state[3] = d
}

const turned = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

function writeWord(out: Uint8Array, at: number, word: number): void {
  out[at] = word
  out[at + 1] = word >>> 8
  out[at + 2] = word >>> 16
  out[at + 3] = word >>> 24
}
