import type { Gate, Mac } from '../gate/port.ts'
import type { Access } from './access.ts'
import { secondsBetween, type Moment, type Now } from './moment.ts'

/** One telling lasts a month at most; it is repeated daily. */
const BLOCK_SECONDS_MAX = 30 * 86_400
const TELL_AGAIN_SECONDS = 86_400
/** Addresses seen of devices that the city knows by pseudonym only; the policy names 2,000 at most. */
const KNOWN_MAX = 2_000

/** Tells the gate who stays shut. A block by pseudonym begins with the address the device is first seen under. */
export function createBlocks(deps: {
  gate: Gate
  access: Access
  pseudonym: (mac: Mac) => string
  now: Now
  clockTrusted: () => boolean
  log: (line: string) => void
}) {
  const { gate, access, pseudonym, now, clockTrusted, log } = deps
  const macOf = new Map<string, Mac>()
  let told: { list: string; at: Moment } | undefined
  let failing = false

  function wanted(): { mac: Mac; until: number }[] {
    const { blockedMacs, blockedDevices } = access.roster()
    const macs = [...blockedMacs.keys(), ...[...blockedDevices.keys()].flatMap((device) => macOf.get(device) ?? [])]
    return [...new Set(macs)].sort().flatMap((mac) => {
      const until = access.blockFor(mac, pseudonym(mac))?.until
      return until === undefined ? [] : [{ mac, until }]
    })
  }

  const secondsOf = (until: number): number =>
    clockTrusted() ? Math.min(BLOCK_SECONDS_MAX, Math.max(1, Math.ceil((until - now().at) / 1000))) : BLOCK_SECONDS_MAX

  return {
    /** A device shows itself. */
    seen(mac: Mac): void {
      const { blockedDevices } = access.roster()
      if (blockedDevices.size === 0) return
      const device = pseudonym(mac)
      if (blockedDevices.has(device) && macOf.size < KNOWN_MAX) macOf.set(device, mac)
    },
    doubt: (): void => void (told = undefined),

    /** Does nothing while the gate knows it all. */
    async tell(): Promise<void> {
      if (gate.state() === 'failed') return
      for (const device of macOf.keys()) if (!access.roster().blockedDevices.has(device)) macOf.delete(device)
      const blocks = wanted()
      const list = JSON.stringify([clockTrusted(), blocks])
      if (told?.list === list && secondsBetween(told.at, now()) < TELL_AGAIN_SECONDS) return
      try {
        await gate.block(blocks.map(({ mac, until }) => ({ mac, seconds: secondsOf(until) })))
        told = { list, at: now() }
        failing = false
      } catch (error) {
        if (!failing) log(`gate: could not block, will try again: ${error instanceof Error ? error.message : String(error)}`)
        failing = true
      }
    },
  }
}
