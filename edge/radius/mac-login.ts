/**
 * Whether an Access-Request is a machine's login by its address (MAC authentication), in the ways the vendors write it.
 * Pure. The address is the identity and everybody on the air can read it, so the password beside it proves nothing: what
 * counts is that the access point itself, which holds the shared secret, names the same address in Calling-Station-Id.
 * Else a visitor could type somebody's address into a login form.
 */
import { readOctets } from './attributes.ts'
import { normaliseMac, stationMac } from './mac.ts'
import type { Packet } from './packet.ts'

/** What a login by PAP or CHAP carried; `matches` checks a password against it. */
export type OfferedPassword = { isEmpty: boolean; matches(password: Buffer): boolean }

/** How an address is written where it serves as password too. */
const FORMS: readonly ((digits: string[]) => string)[] = [
  (pairs) => pairs.join(''),
  (pairs) => pairs.join(':'),
  (pairs) => pairs.join('-'),
  (pairs) => `${pairs.slice(0, 3).join('')}-${pairs.slice(3).join('')}`,
  (pairs) => `${pairs.slice(0, 2).join('')}.${pairs.slice(2, 4).join('')}.${pairs.slice(4).join('')}`,
  (pairs) => `${pairs.slice(0, 2).join('')}-${pairs.slice(2, 4).join('')}-${pairs.slice(4).join('')}`,
  (pairs) => `${pairs.slice(0, 2).join('')}:${pairs.slice(2, 4).join('')}:${pairs.slice(4).join('')}`,
  (pairs) => pairs.join(' '),
  (pairs) => pairs.join('.'),
]

/** Every spelling of aa:bb:cc:dd:ee:ff as a password, small letters first. */
export function macSpellings(mac: string): string[] {
  const pairs = mac.split(':')
  const small = FORMS.map((form) => form(pairs))
  return [...small, ...small.map((spelling) => spelling.toUpperCase())]
}

/** aa:bb:cc:dd:ee:ff when this is such a login; `clientPassword` is what the access point is set to send for all of them. */
export function macOfLogin(packet: Packet, offered: OfferedPassword | undefined, clientPassword: string | undefined): string | undefined {
  const name = readOctets(packet, 'User-Name')
  // Six pairs with five separators, or fewer.
  if (name === undefined || name.length < 12 || name.length > 17) return undefined
  const mac = normaliseMac(name.toString('latin1'))
  if (mac === undefined || stationMac(packet) !== mac) return undefined
  if (offered === undefined || offered.isEmpty) return mac
  if (offered.matches(name) || (clientPassword !== undefined && offered.matches(Buffer.from(clientPassword)))) return mac
  return macSpellings(mac).some((spelling) => offered.matches(Buffer.from(spelling))) ? mac : undefined
}
