/** Files that are replaced whole: after a cut there is the version last promised or the one being written, never half of one and never none. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { chooseConfig } from '#edge/agent/good-config.ts'
import { openSettings, type Settings } from '#edge/agent/settings.ts'
import type { EdgeConfig } from '#edge/config.ts'
import { builtInPolicy } from '#edge/sessions/built-in-policy.ts'
import type { Desired } from '#edge/wire/desired.ts'
import { signFor, type Signed } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'
import { desired as desiredOf } from '#test/edge/telemetry/bodies.ts'
import { nothingFound, type Subject } from './subject.ts'

export type SettingsLine = { settings: number } | { config: number }

export const CONFIG_FILE = 'config.json'

const TOPIC = nodeTopic('klegen-01', 'd')
/** The same in the program and here; of this suite only, it signs nothing else. */
const SIGNING_KEY = createPrivateKey({
  format: 'der',
  type: 'pkcs8',
  // RFC 8410 §7: an Ed25519 private key is this head and 32 bytes.
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
})
const CENTRAL_KEY = createPublicKey(SIGNING_KEY)

export function signedSettings(version: number): { desired: Desired; signed: Signed } {
  const desired = desiredOf({ version, sentAt: version })
  return { desired, signed: signFor(TOPIC, desired, SIGNING_KEY) }
}

export const configOf = (version: number): EdgeConfig =>
  renderEdgeConfig({
    node: 'klegen-01',
    name: `Poskamling RT 05, versi ${version}`,
    area: 'Kelurahan Klegen',
    stateDir: '/var/lib/broadband-city',
    portalDir: '/usr/share/broadband-city/portal',
    portal: { host: '::', port: 8080, origin: 'http://10.77.0.1' },
    gate: { socket: '/run/broadband-city/gate.sock', lan: 'br-lan', wan: 'wan0' },
    radius: { host: '0.0.0.0', authPort: 1812, acctPort: 1813, clients: [], users: [] },
    mqtt: {
      url: 'mqtts://central.test:8883',
      token: 'of-this-recording-only-0123456789abcdef',
      centralKey: CENTRAL_KEY.export({ type: 'spki', format: 'pem' }) as string,
    },
  })

export const openedSettings = (folder: string, log: (line: string) => void): Settings =>
  openSettings({
    file: join(folder, 'settings.bin'),
    topic: TOPIC,
    centralKey: CENTRAL_KEY,
    builtIn: builtInPolicy({ watchSeconds: 30, sessionSeconds: 3_600 }),
    trustedNow: () => undefined,
    notices: { tell: () => {} },
    log,
  })

export const settingsSubject: Subject = {
  name: 'settings',
  program: join(import.meta.dirname, 'settings-program.ts'),
  controls: ['no-fsync'],
  inspect(folder, lines) {
    const promised = { settings: 0, config: 0 }
    for (const line of lines as readonly SettingsLine[]) Object.assign(promised, line)
    const found = nothingFound()
    const problems: string[] = []
    const settings = openedSettings(folder, (line) => problems.push(line))
    const there = { settings: settings.reported().version, config: configVersion(folder, promised.config === 0) }
    settings.close()
    found.faults.push(...problems)
    for (const file of ['settings', 'config'] as const) {
      found.accepted += promised[file]
      // Each version takes the place of the one before.
      found.lost += Math.max(0, promised[file] - there[file])
      found.stored += Math.min(promised[file], there[file])
      if (there[file] > promised[file] + 1) found.faults.push(`${file}: version ${there[file]} was never written`)
    }
    return found
  },
}

function configVersion(folder: string, mayBeAbsent: boolean): number {
  try {
    return Number(/, versi (\d+)/.exec(JSON.stringify(chooseConfig(join(folder, CONFIG_FILE), () => {}).config))?.[1])
  } catch (error) {
    if (mayBeAbsent) return 0
    throw error
  }
}
