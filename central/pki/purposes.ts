/**
 * What the city's authority certifies. The purpose stands in the certificate as OU, so that one made for another use is never
 * taken for a box. Mosquitto looks at the common name only: no purpose may have names that another one has. Pure.
 */
import { isIP } from 'node:net'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'

/** box: a hotspot at the broker · service: a process of central at a broker elsewhere · broker: the server boxes connect to. */
export type Purpose = 'box' | 'service' | 'broker'

type Profile = { names: (name: string) => boolean; days: number; usage: 'clientAuth' | 'serverAuth' }

const nodeName = new RegExp(NODE_NAME_PATTERN)
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
/** `central`, `central-web` …: in a broker's access list these may speak for every box. */
const isService = (name: string) => name === 'central' || name.startsWith('central-')

export const PROFILES: Record<Purpose, Profile> = {
  // A year and a month: whoever renews once a year is never late (CA/B Forum's former limit for servers).
  box: { names: (name) => nodeName.test(name) && !isService(name), days: 397, usage: 'clientAuth' },
  // Made anew in memory at every start, and renewed while running.
  service: { names: (name) => nodeName.test(name) && isService(name), days: 30, usage: 'clientAuth' },
  broker: { names: isHost, days: 90, usage: 'serverAuth' },
}

/** A DNS name or an address, as a certificate's subjectAltName has it. */
export function isHost(name: string): boolean {
  return isIP(name) !== 0 || HOST_NAME.test(name)
}
