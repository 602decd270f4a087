/**
 * An admitted device's MAC with an address that is not its own: either DHCP has given it another one, which is followed, or
 * somebody borrows its name, which is told. Both within ten seconds of the first packet.
 */
import type { Gate, Mac, Stranger } from '../gate/port.ts'
import type { Notices } from '../telemetry/port.ts'
import type { Leases } from './leases.ts'

const LOOK_EVERY_MILLISECONDS = 4_000

type Deps = {
  gate: Pick<Gate, 'strangers' | 'state'>
  leases: Pick<Leases, 'refresh' | 'addressesOf'>
  /** Lets the device use these addresses and no others. */
  rebind: (mac: Mac, addresses: string[]) => void | Promise<void>
  notices: Notices
  pseudonym: (mac: Mac) => string
  log: (line: string) => void
}

export type AddressGuard = {
  /** Looks now, out of turn. Never rejects. */
  look(): Promise<void>
  close(): void
}

export function startAddressGuard({ gate, leases, rebind, notices, pseudonym, log }: Deps): AddressGuard {
  /** Told already, for as long as the gate goes on seeing them. */
  let told = new Set<string>()
  let looking: Promise<void> | undefined

  const deal = async (stranger: Stranger): Promise<boolean> => {
    const { mac, address } = stranger
    if (isNobodys(address)) return true
    const own = leases.addressesOf(mac)
    if (!own.includes(address)) return false
    await rebind(mac, own)
    return true
  }
  const lookOnce = async () => {
    if (gate.state() !== 'enforcing') return
    try {
      const strangers = await gate.strangers()
      await leases.refresh()
      const still = new Set<string>()
      for (const stranger of strangers) {
        if (await deal(stranger)) continue
        const key = `${stranger.mac} ${stranger.address}`
        still.add(key)
        if (!told.has(key)) notices.tell('address-spoofed', { device: pseudonym(stranger.mac) })
      }
      told = still
    } catch (error) {
      log(`Addresses could not be looked after: ${(error as Error).message}`)
    }
  }
  const look = () => {
    looking ??= lookOnce().finally(() => {
      looking = undefined
    })
    return looking
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MILLISECONDS)
  return { look, close: () => clearInterval(timer) }
}

/** What a device says before it has an address, or when it got none: nobody can take part with these. */
const isNobodys = (address: string): boolean => address === '0.0.0.0' || address.startsWith('169.254.')
