/**
 * The name a device has outside this box. A plain hash would not hide a MAC address (all addresses of one maker are
 * tried in a minute), so it is keyed, with a key that this box made and that never leaves it.
 */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync, renameSync } from 'node:fs'
import { basename } from 'node:path'
import { writeDurably } from '../durable-file.ts'

const KEY_BYTES = 32
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

type PseudonymOptions = {
  /** Told when the key was found damaged: every device has a new name from now on. */
  onNewNames?: (why: string) => void
  now?: () => number
}

/** @throws when the key cannot be read or made: a device must not get a second name because a disk had a bad moment. */
export function openPseudonyms(keyFile: string, { onNewNames = () => {}, now = Date.now }: PseudonymOptions = {}): (mac: string) => string {
  // As a key object: measured six times faster per call than handing the bytes over each time.
  const key = createSecretKey(readKey(keyFile, onNewNames, now) ?? makeKey(keyFile))
  return (mac) => {
    const address = mac.toLowerCase()
    if (!MAC.test(address)) throw new TypeError('not a MAC address')
    return createHmac('sha256', key).update(address).digest('hex').slice(0, 16)
  }
}

/**
 * A key of another length is what a failing card or a half-copied image leaves. Its names cannot be had back, and a hotspot that
 * stays shut costs more than visitors who are counted as new once: it is set aside, for it may still be what somebody saved.
 */
function readKey(file: string, onNewNames: (why: string) => void, now: () => number): Buffer | undefined {
  try {
    const key = readFileSync(file)
    if (key.length === KEY_BYTES) return key
    const aside = `${file}.damaged-${String(now()).padStart(13, '0')}`
    renameSync(file, aside)
    onNewNames(`${basename(file)} had ${key.length} bytes instead of ${KEY_BYTES}; it was set aside as ${basename(aside)}`)
    return undefined
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
