/**
 * MD4 (RFC 1320), for the one thing that still needs it: the NT hash of RFC 2759. OpenSSL 3 no longer offers it.
 * Broken as a hash; whoever stores an NT hash stores something as good as the password.
 */

const BLOCK_OCTETS = 64
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const

export function md4(message: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / BLOCK_OCTETS) * BLOCK_OCTETS)
  padded.set(message)
  padded[message.length] = 0x80
  padded.writeUInt32LE((message.length * 8) >>> 0, padded.length - 8)

  const state = Int32Array.from(INITIAL)
  for (let at = 0; at < padded.length; at += BLOCK_OCTETS) absorbBlock(state, padded.subarray(at, at + BLOCK_OCTETS))
  padded.fill(0)
  const digest = Buffer.alloc(16)
  for (let i = 0; i < 4; i++) digest.writeInt32LE(state[i]!, 4 * i)
  return digest
}

type Round = { mix(x: number, y: number, z: number): number; add: number; words: readonly number[]; shifts: readonly number[] }

/** RFC 1320 §3.4. */
const ROUNDS: readonly Round[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    add: 0,
    words: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    add: 0x5a827999,
    words: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    add: 0x6ed9eba1,
    words: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
]

function absorbBlock(state: Int32Array, block: Buffer): void {
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
  for (const { mix, add, words, shifts } of ROUNDS)
    for (let i = 0; i < 16; i++) {
      const sum = (a + mix(b, c, d) + block.readInt32LE(4 * words[i]!) + add) | 0
      const shift = shifts[i & 3]!
      ;[a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c]
    }
  for (const [i, register] of [a, b, c, d].entries()) state[i] = state[i]! + register
}
