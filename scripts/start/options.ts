/** The start's command line, checked before anything happens. */
import { parseArgs } from 'node:util'
import { CannotStart } from './preflight.ts'

export type StartOptions = {
  hotspots: number
  port: number
  host: string
  noFirewall: boolean
  adminCode: boolean
  newWall: boolean
  reset: boolean
}

const HOTSPOTS_MAX = 2_500

export function readOptions(argv: string[]): StartOptions {
  let values
  try {
    values = parseArgs({
      args: argv,
      options: {
        hotspots: { type: 'string', default: '60' },
        port: { type: 'string', default: '8080' },
        host: { type: 'string', default: '127.0.0.1' },
        'no-firewall': { type: 'boolean', default: false },
        'admin-code': { type: 'boolean', default: false },
        'new-wall': { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new CannotStart(`${error instanceof Error ? error.message : String(error)} See ./scripts/up --help`)
  }
  return {
    hotspots: wholeNumber('--hotspots', values.hotspots, 1, HOTSPOTS_MAX),
    port: wholeNumber('--port', values.port, 1024, 65_000),
    host: values.host,
    noFirewall: values['no-firewall'],
    adminCode: values['admin-code'],
    newWall: values['new-wall'],
    reset: values.reset,
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new CannotStart(`${name} must be a whole number from ${min} to ${max}, not "${text}".`)
  return value
}
