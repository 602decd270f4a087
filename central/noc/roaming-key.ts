/**
 * The secret from which each kelurahan's roaming key follows (edge/wire/visit.ts). Boxes of one kelurahan can recognise each
 * other's visitors; those of another cannot, and central, which passes the tags on, has no address to compare them with.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { keptOnce } from '../platform/files/kept-once.ts'

const KEY_BYTES = 32

/** Reads the city's key in `file`, or makes it once. */
export async function loadRoamingKey(file: string): Promise<Buffer> {
  const key = Buffer.from((await keptOnce(file, () => randomBytes(KEY_BYTES).toString('base64url'))).trim(), 'base64url')
  if (key.length !== KEY_BYTES) throw new Error(`${file} holds no key of ${KEY_BYTES} bytes`)
  return key
}

/** Base64url of 32 bytes, as the box's configuration takes it. */
export const kelurahanKey = (cityKey: Buffer, kelurahan: string): string =>
  createHmac('sha256', cityKey).update(`roaming|${kelurahan}`).digest('base64url')
