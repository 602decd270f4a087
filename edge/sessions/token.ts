import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../durable-file.ts'
import type { Watch } from './rules.ts'

const KEY_BYTES = 32

export const newNonce = (): string => randomBytes(16).toString('base64url')

/** What the welcome form carries: good for this device, this clip and this wait only, and once only (the wait is forgotten with its use). */
export const watchToken = (key: Buffer, watch: Watch): string =>
  `${watch.nonce}.${seal(key, ['watch', watch.mac, watch.clip, String(watch.began.at), watch.nonce])}`

export const tokenFits = (key: Buffer, watch: Watch | undefined, presented: string): boolean =>
  watch !== undefined && sameText(presented, watchToken(key, watch))

/** One complaint form as it was handed to one device. */
export function newFormToken(key: Buffer, mac: string): string {
  const nonce = newNonce()
  return `${nonce}.${seal(key, ['form', mac, nonce])}`
}

/** The form's nonce, or undefined when this device was never given this form. */
export function openFormToken(key: Buffer, mac: string, presented: string): string | undefined {
  const nonce = presented.split('.', 1)[0] ?? ''
  return sameText(presented, `${nonce}.${seal(key, ['form', mac, nonce])}`) ? nonce : undefined
}

/** Reads the box's own key, made at its first start. It never leaves the box. */
export function loadVisitorKey(stateDir: string): Buffer {
  const file = join(stateDir, 'visitor.key')
  try {
    const key = readFileSync(file)
    if (key.length === KEY_BYTES) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(`Cannot read ${file}`, { cause: error })
  }
  const key = randomBytes(KEY_BYTES)
  writeDurably(file, key)
  return key
}

const seal = (key: Buffer, parts: string[]): string => createHmac('sha256', key).update(parts.join('|')).digest('base64url')

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
