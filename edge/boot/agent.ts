/** The part of the box that central and its own network speak to: settings, neighbours' visits, leases. */
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { dnsmasqFiles, type DnsmasqFiles } from '../agent/dnsmasq-files.ts'
import { followLeases, type Leases } from '../agent/leases.ts'
import { openRoaming, type BoxRoaming } from '../agent/roaming.ts'
import { openSettings, type Settings } from '../agent/settings.ts'
import type { EdgeConfig } from '../config.ts'
import { builtInPolicy } from '../sessions/built-in-policy.ts'
import { nodeTopic } from '../wire/topics.ts'
import type { Ground } from './ground.ts'

export type Agent = {
  settings: Settings
  /** Absent where sessions are not shared with other boxes. */
  roaming: BoxRoaming | undefined
  /** Absent where DHCP is not ours. */
  leases: Leases | undefined
  files: DnsmasqFiles
}

export async function openAgent(config: EdgeConfig, { log, closing, clock, notices, outbox, statePath }: Ground): Promise<Agent> {
  const settings = openSettings({
    file: join(statePath, 'settings.json'),
    topic: nodeTopic(config.node, 'd'),
    centralKey: createPublicKey(config.mqtt.centralKey),
    builtIn: builtInPolicy(config.welcome),
    trustedNow: () => (clock.trust() === 'ntp' ? clock.now() : undefined),
    notices,
    log,
  })
  closing.later(() => settings.close())
  const { roamingKey: key, node } = config
  const roaming = key === undefined ? undefined : openRoaming({ key, node, recorder: outbox, now: clock.now, log })
  closing.later(() => roaming?.close())
  const leases = config.dnsmasq && (await followLeases(config.dnsmasq.leaseFile, log))
  closing.later(() => leases?.close())
  const files = dnsmasqFiles(config.dnsmasq, log)
  files.garden(settings.policy().garden)
  return { settings, roaming, leases, files }
}
