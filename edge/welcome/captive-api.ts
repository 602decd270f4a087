/** RFC 8908: what a device's operating system may ask about its own captivity. */
import type { Look } from '../sessions/port.ts'

/**
 * Over TLS only (§4), and so not at all while no certificate holds: over plain HTTP any neighbour could answer, no system that
 * keeps to the RFC asks there, and an answer would invite somebody to announce that address.
 */
export const CAPTIVE_PATH = '/api/captive'
export const CAPTIVE_TYPE = 'application/captive+json'

export function captiveState(origin: string, { online, secondsLeft, octetsLeft }: Pick<Look, 'online' | 'secondsLeft' | 'octetsLeft'>) {
  const urls = { 'user-portal-url': `${origin}/`, 'venue-info-url': `${origin}/status` }
  // §5: what is left is for devices past the gate.
  if (!online) return { captive: true, ...urls }
  return {
    captive: false,
    ...urls,
    'seconds-remaining': secondsLeft,
    ...(octetsLeft === undefined ? {} : { 'bytes-remaining': octetsLeft }),
    // The visitor may watch again when the time is up, but nothing prolongs a running session.
    'can-extend-session': false,
  }
}
