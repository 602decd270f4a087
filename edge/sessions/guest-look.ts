import type { Terms } from './access.ts'
import { octetsLeft } from './allowance.ts'
import { shownCode } from './codes.ts'
import type { Look } from './port.ts'
import type { Grant } from './store.ts'

/** What a page may say of a device that is online. */
export function guestLook(grant: Grant, { own, rules, account, seconds, speed }: Terms): Omit<Look, 'online' | 'countersAge'> {
  const octets = grant.source === 'bypass' ? Infinity : octetsLeft(rules, account)
  return {
    secondsLeft: Math.ceil(seconds),
    upOctets: grant.upOctets,
    downOctets: grant.downOctets,
    ...(octets === Infinity ? {} : { octetsLeft: octets }),
    group: { name: own.name, class: own.class },
    ...speed,
    ...(grant.source === 'portal' && rules.idleSeconds !== undefined ? { idleSeconds: rules.idleSeconds } : {}),
    ...(grant.code === undefined ? {} : { resumeCode: shownCode(grant.code) }),
  }
}
