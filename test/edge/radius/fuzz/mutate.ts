/** Damage done to packets, from a seed, so that every finding can be had again. Half of it keeps Length right, to get past the door. */
import { randomFrom, type Random } from './random.ts'

/** Where mistakes live: ends of ranges, types with structure, the longest and the impossible lengths. */
const TELLING = [0, 1, 2, 3, 4, 5, 6, 18, 19, 24, 26, 33, 40, 44, 79, 80, 127, 128, 253, 254, 255]
const OCTETS_MAX = 4200
const CHANGES_MAX = 6

export type Mutator = { next(): Buffer }

export function mutator(corpus: readonly Buffer[], seed: number): Mutator {
  const random = randomFrom(seed)
  const scratch = Buffer.alloc(OCTETS_MAX)
  return {
    next() {
      const origin = corpus[random.below(corpus.length)]!
      let length = origin.copy(scratch)
      for (let change = random.below(CHANGES_MAX); change >= 0; change--) length = mutate(scratch, length, corpus, random)
      if (length >= 4 && random.below(2) === 0) scratch.writeUInt16BE(Math.min(length, 0xffff), 2)
      return scratch.subarray(0, length)
    },
  }
}

function mutate(octets: Buffer, length: number, corpus: readonly Buffer[], random: Random): number {
  const at = random.below(length + 1)
  switch (random.below(7)) {
    case 0:
      if (at < length) octets[at] = octets[at]! ^ (1 << random.below(8))
      return length
    case 1:
      if (at < length) octets[at] = TELLING[random.below(TELLING.length)]!
      return length
    case 2:
      return at
    case 3: {
      const size = random.below(Math.min(40, OCTETS_MAX - length))
      for (let i = 0; i < size; i++) octets[length + i] = random.below(256)
      return length + size
    }
    case 4: {
      // Another packet's attributes behind this one's.
      const other = corpus[random.below(corpus.length)]!
      return length + other.copy(octets, length, Math.min(20, other.length), Math.min(other.length, 20 + OCTETS_MAX - length))
    }
    case 5: {
      // An attribute of a telling type and length, whole or not.
      if (length + 2 > OCTETS_MAX) return length
      octets[length] = TELLING[random.below(TELLING.length)]!
      octets[length + 1] = TELLING[random.below(TELLING.length)]!
      return Math.min(OCTETS_MAX, length + 2 + random.below(octets[length + 1]! + 1))
    }
    default: {
      const from = random.below(length + 1)
      const size = Math.min(random.below(64), length - Math.max(at, from))
      if (size > 0) octets.copyWithin(at, from, from + size)
      return length
    }
  }
}
