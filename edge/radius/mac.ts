import { readText } from './attributes.ts'
import type { Packet } from './packet.ts'

/** Six pairs of hexadecimal digits with at most one separator between pairs covers every vendor's way of writing a MAC. */
const ANY_MAC = /^[0-9a-f]{2}(?:[-:. ]?[0-9a-f]{2}){5}$/i
/** Six pairs with five separators. */
const LONGEST = 17

/** `AA-BB-CC-DD-EE-FF`, `aabb.ccdd.eeff`, `AABBCCDDEEFF` ... as `aa:bb:cc:dd:ee:ff`; undefined for anything else. */
export function normaliseMac(text: string): string | undefined {
  if (text.length > LONGEST || !ANY_MAC.test(text)) return undefined
  const digits = text.replaceAll(/[^0-9a-f]/gi, '').toLowerCase()
  return digits.match(/../g)?.join(':')
}

/** Whose device it is, by Calling-Station-Id; some append `:ssid`, which RFC 3580 §3.20 has for Called-Station-Id only. */
export function stationMac(packet: Packet): string | undefined {
  const station = readText(packet, 'Calling-Station-Id')
  return station === undefined ? undefined : normaliseMac(station.length > LONGEST ? station.slice(0, LONGEST) : station)
}
