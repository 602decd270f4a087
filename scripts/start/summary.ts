/** The last words of a start: where to look, in as few lines as that takes. */
import type { CentralRunning } from './central.ts'
import type { Network } from './hotspot.ts'
import type { StartOptions } from './options.ts'
import { files } from './state.ts'

export function summary(facts: {
  options: StartOptions
  central: CentralRunning
  visitorPage: string
  network: Network | undefined
  film: boolean
}): string {
  const { central, visitorPage, network, options } = facts
  const lines = [
    '',
    `  Visitor's page   ${visitorPage}`,
    `  Central          ${central.origin}/`,
    central.adminCode === undefined
      ? '  Admin            sign in with your username and password (forgotten: ./scripts/up --admin-code)'
      : `  Admin code       ${central.adminCode}   (works once, for 24 hours)`,
    `  Wall             ${central.wallLink}`,
    '',
  ]
  if (network) {
    lines.push(
      `  The gate is real: this machine is a visitor of the hotspot. Before "Lanjut ke internet" and after, try`,
      `  curl http://${network.lab.addresses.internet.v4}/hello   ·   RADIUS at ${network.lab.addresses.edge.lan4}:1812, secret and user in ${files.radius}`,
    )
  } else {
    lines.push('  ! NO FIREWALL: this hotspot lets everyone through (no root). The pages and the NOC say so.')
  }
  if (!facts.film) lines.push('  ! The film is missing (ffmpeg is not installed): the portal shows its words instead.')
  lines.push(`  One hotspot is real, ${options.hotspots} are simulated. Ctrl-C stops everything; logs are in ${files.logs}`, '')
  return `${lines.join('\n')}\n`
}
