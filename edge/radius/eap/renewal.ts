/**
 * Certificates and revocation lists are files that others renew while the box runs. They are read again now and then: a
 * list past its date would shut everybody out, and one that is not read lets the revoked in.
 */
import { isDeepStrictEqual } from 'node:util'
import type { EapEngine, EapSettings } from './port.ts'

/** How long a certificate taken back may still log in here, beyond what central needs to write it down. */
const LOOK_EVERY_MS = 60_000

/**
 * The same engine, which stops looking when it is closed. Whatever cannot be read or used changes nothing and is told once
 * for each new reason; it may be half-written and right the next time.
 */
export function renewing(engine: EapEngine, first: EapSettings, read: () => EapSettings, onProblem: (reason: string) => void): EapEngine {
  let [inForce, told] = [first, '']
  const look = (): void => {
    try {
      const found = read()
      if (!isDeepStrictEqual(found, inForce)) {
        engine.replace(found)
        inForce = found
      }
      told = ''
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== told) onProblem(reason)
      told = reason
    }
  }
  const looking = setInterval(look, LOOK_EVERY_MS).unref()
  return {
    ...engine,
    close() {
      clearInterval(looking)
      engine.close()
    },
  }
}
