/**
 * The name a device has outside this box. A plain hash would not hide a MAC address (all addresses of one maker are
 * tried in a minute), so it is keyed, with a key that this box made and that never leaves it.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeDurably } from '../durable-file.ts'

const KEY_BYTES = 32
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** @throws when the key cannot be read or made: a device must not get a second name by accident. */
export function openPseudonyms(keyFile: string): (mac: string) => string {
  // As a key object: measured six times faster per call than handing the bytes over each time.
  const key = createSecretKey(readKey(keyFile) ?? makeKey(keyFile))
  return (mac) => {
    const address = mac.toLowerCase()
    if (!MAC.test(address)) throw new TypeError('not a MAC address')
    return createHmac('sha256', key).update(address).digest('hex').slice(0, 16)
  }
}

function readKey(file: string): Buffer | undefined {
  try {
    const key = readFileSync(file)
    if (key.length !== KEY_BYTES) throw new Error(`The key of pseudonyms ${file} has ${key.length} bytes, not ${KEY_BYTES}`)
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function makeKey(file: string): Buffer {
  const key = randomBytes(KEY_BYTES)
  writeDurably(file, key)
  return key
}
