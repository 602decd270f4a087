import { existsSync } from 'node:fs'
import { hasRoot } from '#scripts/network-lab/lab.ts'

const SETPRIV = '/usr/bin/setpriv'

/**
 * Runs a process without a single capability, and lets the kernel end it when this one dies, however it dies.
 * Root's files stay readable, so it works from any folder.
 */
export function unprivileged(argv: string[]): string[] {
  if (!existsSync(SETPRIV)) return argv
  const drop = hasRoot() ? ['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'] : []
  return [SETPRIV, ...drop, '--no-new-privs', '--pdeathsig=TERM', '--', ...argv]
}
