/** The secret shared with one access point, with what is worth computing from it once. */
import { inspect } from 'node:util'
import { hmacMd5Key, type HmacMd5Key } from './md5.ts'

export type SharedSecret = { readonly octets: Buffer; readonly hmac: HmacMd5Key }

/** The result prints as `[secret]` however it reaches a log: its own fields are not enumerable. */
export function sharedSecret(text: string): SharedSecret {
  const octets = Buffer.from(text, 'utf8')
  const hidden = { toJSON: () => '[secret]', [inspect.custom]: () => '[secret]' }
  return Object.defineProperties(hidden, {
    octets: { value: octets },
    hmac: { value: hmacMd5Key(octets) },
  }) as unknown as SharedSecret
}
