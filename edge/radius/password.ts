/**
 * Passwords rest as scrypt hashes and are checked off the main thread. A hotspot asks for the same few hundred people
 * every few minutes, so what scrypt has proven once is remembered as an HMAC under a key that dies with the process.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { hmacMd5Into, hmacMd5Key, MD5_OCTETS } from './md5.ts'
import { sameOctets } from './same-octets.ts'

export type Cost = { N: number; r: number; p: number }
type PasswordHash = Cost & { salt: Buffer; hash: Buffer }

const derive = promisify<string | Buffer, Buffer, number, Cost & { maxmem: number }, Buffer>(scrypt)

/** 16 MiB for one check: what a box with 512 MiB can spare, at OWASP's strength for that memory (N=2^14, p=5). */
export const SCRYPT_COST: Cost = { N: 16_384, r: 8, p: 5 }
const SALT_OCTETS = 16
const HASH_OCTETS = 32
/** A hash in the configuration may ask for more than ours, but not for the whole box. */
const SCRYPT_MEMORY_MAX = 64 * 1024 * 1024
const SCRYPT_PARALLEL_MAX = 16

/** libuv has four threads for everything; two leave half for files and DNS, and 32 MiB at our cost. */
const VERIFICATIONS_CONCURRENT_MAX = 2
/** What two threads work off within the five seconds an access point waits, on a slow box (0.5 s each). */
const VERIFICATIONS_WAITING_MAX = 16
/** As many as the configuration may name users. */
const REMEMBERED_MAX = 20_000

/** `scrypt$N$r$p$salt$hash`, salt and hash base64url. */
export async function makePasswordHash(password: string, cost: Cost = SCRYPT_COST): Promise<string> {
  const salt = randomBytes(SALT_OCTETS)
  const hash = await derive(password, salt, HASH_OCTETS, { ...cost, maxmem: 2 * SCRYPT_MEMORY_MAX })
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

const HASH_FORMAT = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{22,86})$/

export function parsePasswordHash(text: string): PasswordHash | undefined {
  const parts = HASH_FORMAT.exec(text)
  if (!parts) return undefined
  const [N, r, p] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const powerOfTwo = N >= 2 && Number.isInteger(Math.log2(N))
  if (!powerOfTwo || r < 1 || p < 1 || p > SCRYPT_PARALLEL_MAX || 128 * N * r > SCRYPT_MEMORY_MAX) return undefined
  return { N, r, p, salt: Buffer.from(parts[4]!, 'base64url'), hash: Buffer.from(parts[5]!, 'base64url') }
}

export async function passwordMatches(expected: PasswordHash, password: Buffer): Promise<boolean> {
  const { N, r, p, salt, hash } = expected
  return timingSafeEqual(await derive(password, salt, hash.length, { N, r, p, maxmem: 2 * SCRYPT_MEMORY_MAX }), hash)
}

export type Credentials = { readonly name: string; readonly passwordHash: string; readonly parsed: PasswordHash }

export type PasswordVerifier = {
  /** True when this very password was verified against this very hash before. At once, on the main thread. */
  remembers(user: Credentials, password: Buffer): boolean
  /** The full check; without a user the same work, `strangerCost`, is done against a hash nobody knows. `busy`: too many at once, drop it. */
  verify(user: Credentials | undefined, password: Buffer, strangerCost?: Cost): Promise<'match' | 'mismatch' | 'busy'>
}

export function passwordVerifier({
  concurrentMax = VERIFICATIONS_CONCURRENT_MAX,
  waitingMax = VERIFICATIONS_WAITING_MAX,
} = {}): PasswordVerifier {
  // HMAC-MD5 is still a sound keyed digest, and the one here that costs half a microsecond rather than two.
  const key = hmacMd5Key(randomBytes(32))
  const tag = Buffer.alloc(MD5_OCTETS)
  const nobody = { salt: randomBytes(SALT_OCTETS), hash: randomBytes(HASH_OCTETS) }
  const remembered = new Map<string, { passwordHash: string; tag: Buffer }>()
  const waiting: (() => void)[] = []
  let running = 0

  const remember = (user: Credentials, password: Buffer): void => {
    remembered.delete(user.name)
    const [oldest] = remembered.keys()
    if (remembered.size >= REMEMBERED_MAX && oldest !== undefined) remembered.delete(oldest)
    hmacMd5Into(key, password, password.length, tag, 0)
    remembered.set(user.name, { passwordHash: user.passwordHash, tag: Buffer.from(tag) })
  }

  const remembers = (user: Credentials, password: Buffer): boolean => {
    const known = remembered.get(user.name)
    // A changed hash makes what was verified against the old one worthless.
    if (known?.passwordHash !== user.passwordHash) return false
    hmacMd5Into(key, password, password.length, tag, 0)
    return sameOctets(tag, 0, known.tag, 0, MD5_OCTETS)
  }

  return {
    remembers,
    async verify(user, password, strangerCost = SCRYPT_COST) {
      if (running < concurrentMax) running++
      else if (waiting.length >= waitingMax) return 'busy'
      else await new Promise<void>((turn) => waiting.push(turn))
      try {
        // One device's impatience fills the queue with one password; the first answer serves them all.
        if (user && remembers(user, password)) return 'match'
        const matches = await passwordMatches(user?.parsed ?? { ...strangerCost, ...nobody }, password)
        if (user === undefined || !matches) return 'mismatch'
        remember(user, password)
        return 'match'
      } finally {
        const next = waiting.shift()
        // The place is handed over rather than given up, so nobody slips in between.
        if (next) next()
        else running--
      }
    },
  }
}
