/** Central's settings and the last good configuration, written again and again. Argument: a ProgramArgument. */
import { join } from 'node:path'
import { keepGoodConfig } from '#edge/agent/good-config.ts'
import { openLedger } from './ledger.ts'
import { CONFIG_FILE, configOf, openedSettings, signedSettings, type SettingsLine } from './settings.ts'
import type { ProgramArgument } from './subject.ts'

const { folder, rounds } = JSON.parse(process.argv[2]!) as ProgramArgument
const say = openLedger<SettingsLine>(folder)
const complain = (line: string) => process.stderr.write(`${line}\n`)
const settings = openedSettings(folder, () => {})
for (let version = 1; version <= rounds; version++) {
  const { desired, signed } = signedSettings(version)
  if (!(await settings.take({ ok: true, value: desired }, signed))) throw new Error('the settings were not taken')
  say({ settings: version })
  keepGoodConfig(join(folder, CONFIG_FILE), configOf(version), complain)
  say({ config: version })
}
process.exit(0)
