/**
 * The name an account has outside this module: in Class, in Chargeable-User-Identity (RFC 4372) and on the disk. Keyed, so
 * that nobody can try a list of names; the key is this box's own.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeDurably } from '../durable-file.ts'

const KEY_OCTETS = 32
/** Everybody of a full account list and their vouchers; past it all are computed anew. */
const REMEMBERED_MAX = 20_000

/** @returns sixteen hex digits for `Grant.account`. @throws when the key can be neither read nor made. */
export function openAccountNames(keyFile: string): (account: string) => string {
  const key = createSecretKey(readKey(keyFile) ?? makeKey(keyFile))
  const remembered = new Map<string, string>()
  return (account) => {
    const known = remembered.get(account)
    if (known !== undefined) return known
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    const name = createHmac('sha256', key).update(account, 'latin1').digest('hex').slice(0, 16)
    remembered.set(account, name)
    return name
  }
}

function readKey(file: string): Buffer | undefined {
  try {
    const key = readFileSync(file)
    return key.length === KEY_OCTETS ? key : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function makeKey(file: string): Buffer {
  const key = randomBytes(KEY_OCTETS)
  writeDurably(file, key)
  return key
}
