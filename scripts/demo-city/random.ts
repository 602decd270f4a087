/** Chance that can be repeated: everything the simulated city does follows from names and times. */

/** mulberry32: small, seeded, good enough to choose by. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** FNV-1a with a final mix: 32 bits from words. */
export function hashOf(...words: (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const word of words) {
    for (const letter of `${word}|`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** One number in [0, 1) that belongs to these words for ever. */
export const chanceOf = (...words: (string | number)[]): number => hashOf(...words) / 4_294_967_296

export const choose = <T>(items: readonly T[], chance: number): T => items[Math.min(items.length - 1, Math.floor(chance * items.length))]!

/** Noise without jumps, in [-1, 1]: a random value every `step`, straight lines between. */
export function smoothNoise(seed: number, at: number, step: number): number {
  const position = at / step
  const before = Math.floor(position)
  const [from, to] = [chanceOf(seed, before), chanceOf(seed, before + 1)]
  return (from + (to - from) * (position - before)) * 2 - 1
}
