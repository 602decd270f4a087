/**
 * Whether two digests are alike, in a time that does not tell where they differ. Written out for the sixteen octets that
 * every packet is checked with: a call of crypto.timingSafeEqual costs as much as an MD5 block.
 */
export function sameOctets(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  let different = 0
  for (let i = 0; i < length; i++) different |= a[aAt + i]! ^ b[bAt + i]!
  // Beyond an array's end it reads undefined, which XORs as zero: that must not count as alike.
  return different === 0 && aAt + length <= a.length && bAt + length <= b.length
}
