/** RFC 8908: what a device's operating system may ask about its own captivity. */
export const CAPTIVE_TYPE = 'application/captive+json'

/** @param secondsLeft of the visit; undefined while captive (§5: the key is for devices past the gate). */
export function captiveState(origin: string, secondsLeft: number | undefined) {
  const urls = { 'user-portal-url': `${origin}/`, 'venue-info-url': `${origin}/status` }
  if (secondsLeft === undefined) return { captive: true, ...urls }
  // The visitor may watch again when the time is up, but nothing prolongs a running visit.
  return { captive: false, ...urls, 'seconds-remaining': secondsLeft, 'can-extend-session': false }
}
