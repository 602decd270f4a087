/** The fleet's command line, checked before anything happens. Every refusal is one line that says what to do. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Proof } from './own-central.ts'
import { WEATHERS, type Weather } from './plan.ts'
import type { RunSettings } from './settings.ts'

export const HELP = `Usage: ./scripts/fleet [run] [options]      simulates boxes, then compares both ends' books
       ./scripts/fleet enrol [options]      registers boxes at a central; prints nothing secret
       ./scripts/fleet verify [options]     compares the books of an earlier run again

Thousands of simulated hotspot boxes in a few processes. Each has an identity, an outbox on a card, a clock and a line of
its own, and speaks to central's broker with the product's own uplink. What a box was told is safe is written to a ledger
outside of it, forced to disk before it counts. At the end: accepted = stored + quarantined + given up by count, lost 0,
duplicated 0; the exit code says so (0 balanced, 1 not, 2 wrong command line).

Without --central it starts a central of its own in the data folder and needs nothing else.

  --boxes N          how many boxes, 1 to 20000 (default 100)
  --processes P      processes they share (default: one for each 2,500)
  --minutes M        length of the run, 0.05 to 1440 (default 2)
  --rate R           records a minute and box, 3 to 30 (default: as many as the hour and the place bring, 3 to 8)
  --every S          seconds between two samples, 1 to 3600 (default 60)
  --group S          telemetry is committed in groups at most this far apart (default 30, as boxes ship)
  --speed X          the city lives X times as fast, in a past that ends at the end of the run (default 1)
  --weather W        calm: nothing goes wrong · city: as in a bad week (default) · rough: one box in two has trouble.
                     Lines flap, die and go deaf; power goes; cards are put back from an image or replaced; clocks
                     start in 1970, run ahead or leap
  --kills N          central is killed and started again N times (only a central of its own; default 0)
  --complaints H     complaints an hour and box (default 0.25)
  --connects N       connections begun per second (default 100)
  --hasty            boxes wait about a tenth as long as shipped before they try again: for short trials
  --seed N           the same plan again: who suffers what and when, and what boxes say (default: a new one, printed)
  --tokens           boxes prove their names by tokens over plain TCP, not by certificates over TLS
  --data DIR         the fleet's folder: cards, ledgers, identities (default: .state/fleet)
  --fresh            forget what the folder holds, and begin anew
  --central URL      the broker of a central that runs already, mqtts://host:port (certificates) or mqtt://host:port
                     (tokens)
  --central-data DIR that central's data folder: to register boxes there, and to read its books. With PostgreSQL set
                     DATABASE_URL as well, as for central itself
  --help             this text
`

export type Command = 'run' | 'enrol' | 'verify'
export type FleetOptions = {
  command: Command
  boxes: number
  processes: number
  data: string | undefined
  fresh: boolean
  proof: Proof
  central: string | undefined
  centralData: string | undefined
  kills: number
  /** The seed is only given when asked for. */
  seed: number | undefined
  settings: Omit<RunSettings, 'seed'>
}

const COMMANDS: readonly string[] = ['run', 'enrol', 'verify'] satisfies Command[]
const BOXES_PER_PROCESS = 2_500

export const newSeed = (): number => randomInt(1, 2 ** 32)

/** @returns the options, 'help', or what is wrong with them. */
export function readOptions(argv: readonly string[]): { ok: true; options: FleetOptions } | { ok: false; problem: string } | 'help' {
  let parsed
  try {
    parsed = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true })
  } catch (error) {
    return { ok: false, problem: `${error instanceof Error ? error.message.split('. ')[0] : String(error)}. See ./scripts/fleet --help` }
  }
  const { values, positionals } = parsed
  if (values.help) return 'help'
  const [command = 'run', ...rest] = positionals
  if (!COMMANDS.includes(command) || rest.length > 0)
    return { ok: false, problem: `Unknown command: ${positionals.join(' ')}. There are: ${COMMANDS.join(', ')}` }
  try {
    return { ok: true, options: checked(command as Command, values) }
  } catch (error) {
    return { ok: false, problem: (error as Error).message }
  }
}

const text = { type: 'string' } as const
const FLAGS = {
  boxes: text,
  processes: text,
  minutes: text,
  rate: text,
  every: text,
  group: text,
  speed: text,
  weather: text,
  kills: text,
  complaints: text,
  connects: text,
  seed: text,
  data: text,
  fresh: { type: 'boolean' },
  tokens: { type: 'boolean' },
  hasty: { type: 'boolean' },
  central: text,
  'central-data': text,
  help: { type: 'boolean', short: 'h' },
} as const
type Values = { [K in keyof typeof FLAGS]?: (typeof FLAGS)[K] extends { type: 'boolean' } ? boolean : string }

function checked(command: Command, values: Values): FleetOptions {
  const number = (name: keyof Values, fallback: number, min: number, max: number): number => {
    const value = values[name]
    if (value === undefined) return fallback
    const read = Number(value)
    if (value === '' || !(read >= min && read <= max)) throw new Error(`--${name} must be a number from ${min} to ${max}, not "${value}".`)
    return read
  }
  const whole = (name: keyof Values, fallback: number, min: number, max: number): number => {
    const read = number(name, fallback, min, max)
    if (!Number.isInteger(read)) throw new Error(`--${name} must be a whole number from ${min} to ${max}, not "${values[name]}".`)
    return read
  }
  const boxes = whole('boxes', 100, 1, 20_000)
  const weather = (values.weather ?? 'city') as Weather
  if (!WEATHERS.includes(weather)) throw new Error(`--weather is one of ${WEATHERS.join(', ')}, not "${values.weather}".`)
  const kills = whole('kills', 0, 0, 1_000)
  const { central } = values
  if (central !== undefined && !/^mqtts?:\/\/[^\s/]+:\d+\/?$/.test(central))
    throw new Error(`--central must be an address like mqtt://127.0.0.1:1883, not "${central}".`)
  if (central !== undefined && kills > 0) throw new Error('--kills is for a central of the fleet’s own: it would end the one at --central.')
  if (command === 'enrol' && values['central-data'] === undefined)
    throw new Error('enrol needs --central-data DIR: where central keeps its data.')
  return {
    command,
    boxes,
    processes: whole('processes', Math.ceil(boxes / BOXES_PER_PROCESS), 1, 64),
    data: values.data,
    fresh: values.fresh ?? false,
    proof: values.tokens || central?.startsWith('mqtt:') ? 'token' : 'certificate',
    central,
    centralData: values['central-data'],
    kills,
    seed: values.seed === undefined ? undefined : whole('seed', 0, 1, 2 ** 32),
    settings: {
      minutes: number('minutes', 2, 0.05, 1_440),
      everySeconds: whole('every', 60, 1, 3_600),
      groupSeconds: number('group', 30, 0.1, 600),
      speed: number('speed', 1, 1, 1_000),
      weather,
      recordsPerMinute: values.rate === undefined ? null : number('rate', 0, 3, 30),
      connectsPerSecond: number('connects', 100, 1, 2_000),
      hasty: values.hasty ?? false,
      complaintsPerHour: number('complaints', 0.25, 0, 60),
    },
  }
}
