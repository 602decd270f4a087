/** The part of the box that central and its own network speak to: settings, neighbours' visits, leases. */
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { dnsmasqFiles, type DnsmasqFiles } from '../agent/dnsmasq-files.ts'
import { followLeases, type Leases } from '../agent/leases.ts'
import { openRoaming, type BoxRoaming } from '../agent/roaming.ts'
import { openSettings, type Settings } from '../agent/settings.ts'
import type { EdgeConfig } from '../config.ts'
import type { Gate } from '../gate/port.ts'
import { builtInPolicy } from '../sessions/built-in-policy.ts'
import { nodeTopic } from '../wire/topics.ts'
import { createGarden, type Garden } from './garden.ts'
import type { Ground } from './ground.ts'

export type Agent = {
  settings: Settings
  /** Absent where sessions are not shared with other boxes. */
  roaming: BoxRoaming | undefined
  /** Absent where DHCP is not ours. */
  leases: Leases | undefined
  garden: Garden
  captiveApi: DnsmasqFiles['captiveApi']
}

export async function openAgent(
  config: EdgeConfig,
  gate: Gate,
  { log, closing, clock, notices, outbox, statePath }: Ground,
): Promise<Agent> {
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
  const garden = createGarden({ files, gate, log })
  closing.later(() => garden.close())
  garden.use(settings.policy().garden)
  return { settings, roaming, leases, garden, captiveApi: files.captiveApi }
}
