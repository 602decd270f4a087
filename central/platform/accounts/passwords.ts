/** Argon2id (RFC 9106) by node:crypto, in the PHC string format, off the main thread. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19 * 1024
const PASSES = 2
const PARALLELISM = 1
const SALT_OCTETS = 16
const TAG_OCTETS = 32

type Parameters = { memory: number; passes: number; parallelism: number; tagLength: number }
const CURRENT: Parameters = { memory: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM, tagLength: TAG_OCTETS }

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_OCTETS)
  const tag = await derive(password, salt, CURRENT)
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(salt)}$${base64(tag)}`
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** A missing hash (unknown user, password never set) costs the same time and is always wrong. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = PHC.exec(stored ?? '')
  if (!parts) {
    await derive(password, Buffer.alloc(SALT_OCTETS), CURRENT)
    return false
  }
  const [, memory, passes, parallelism, salt, tag] = parts
  const expected = Buffer.from(tag!, 'base64')
  const found = await derive(password, Buffer.from(salt!, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(found, expected)
}

function derive(password: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  // NFC: the same word typed on two keyboards is the same octets.
  const message = Buffer.from(password.normalize('NFC'))
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, ...parameters }, (error, tag) => (error ? reject(error) : resolve(tag)))
  })
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
