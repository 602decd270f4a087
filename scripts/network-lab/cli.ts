/** ./scripts/lab: the network lab for people. The words are explained there, in --help. */
import { spawnSync } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { parseBlocked } from '#edge/gate/listing.ts'
import { connectGate } from '#edge/gate/client.ts'
import type { Gate } from '#edge/gate/port.ts'
import { isAbandoned, readClaims } from './claims.ts'
import { writeGarden } from './dns.ts'
import { createLab, openLab, takeDown, type Lab } from './lab.ts'
import { inside } from './namespaces.ts'
import { overviewText, readOverview } from './overview.ts'
import { namespaceOf, PHONES_MAX, type Place } from './topology.ts'
import { until } from './waiting.ts'

const NAME = 'lab'

/** A page that has not loaded by then is shown as it is. */
const PAGE_MS_MAX = 15_000

/** The gate answers within milliseconds; without one, nobody wants to wait long to hear so. */
const GATE_MS_MAX = 3_000

/** The longest the gate takes for an admission, a week, and for a block, a year. */
const ADMIT_SECONDS_MAX = 604_800
const BLOCK_SECONDS_MAX = 31_536_000
const KBPS_MAX = 10_000_000

const WATCH_EVERY_MS = 1_000
const CLEAR_SCREEN = '\u001b[H\u001b[2J'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const commands: Record<string, (args: string[]) => Promise<void> | void> = {
  up,
  down,
  status,
  watch,
  admit,
  evict,
  limit,
  block,
  garden,
  browse,
  phone: ([number, ...words]) => runAt(`phone${phoneNumber(need(), number)}`, words),
  edge: (words) => runAt('edge', words),
  internet: (words) => runAt('internet', words),
}

function find(): Lab | undefined {
  const claim = readClaims().find(({ name }) => name === NAME)
  return claim && openLab(claim)
}

function need(): Lab {
  const lab = find()
  if (!lab) throw new Error('The lab is not up. Start it with ./scripts/lab up')
  return lab
}

async function up(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      phones: { type: 'string', default: '2' },
      dhcp: { type: 'boolean', default: false },
      'routed-ipv6': { type: 'boolean', default: false },
    },
  })
  if (find()) throw new Error('The lab is already up. See ./scripts/lab status, or take it away with ./scripts/lab down')
  const phones = wholeNumber('--phones', values.phones, PHONES_MAX)
  const addressing = values.dhcp ? 'dhcp' : 'fixed'
  const lab = await createLab({ phones, addressing, routedV6: values['routed-ipv6'], stays: true, name: NAME })
  try {
    await lab.startDns({ announceV6: values.dhcp })
    await lab.startGate()
    if (values.dhcp) await Promise.all(Array.from({ length: phones }, (_, index) => lab.plugIn(index + 1)))
  } catch (cause) {
    await lab.close()
    throw cause
  }
  return status()
}

async function down(): Promise<void> {
  const claims = readClaims().filter((claim) => claim.name === NAME || isAbandoned(claim))
  for (const claim of claims) await takeDown(claim)
  say(claims.length === 0 ? 'Nothing was up.' : `Taken away: ${claims.map(({ plan }) => namespaceOf(plan, 'edge')).join(', ')}`)
}

async function status(): Promise<void> {
  const lab = find()
  if (!lab) return say('The lab is not up. Start it with ./scripts/lab up')
  say(overviewText(await readOverview(lab)))
  const { edge, internet, phone1, ...others } = lab.names
  const phones = [phone1, ...Object.values(others)].filter((name) => name !== undefined)
  say(`\nnamespaces: ${[edge, internet, ...phones].join(' ')}`)
  say(`files: ${lab.folder} (gate.sock, leases, logs); a portal of yours belongs on port 8080 of the box`)
}

async function watch(): Promise<void> {
  const lab = need()
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  while (!stop.signal.aborted && find() !== undefined) {
    const text = overviewText(await readOverview(lab))
    say(process.stdout.isTTY ? `${CLEAR_SCREEN}${text}\n\nEvery second. Ctrl-C ends it.` : `${text}\n`)
    await wait(WATCH_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}

/** @throws with one line that says what would have been right. */
function wholeNumber(what: string, text: string | undefined, most: number, least = 1): number {
  const number = /^\d{1,9}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (!(number >= least && number <= most))
    throw new Error(`${what} is a whole number from ${least} to ${most}, not "${text ?? ''}". See ./scripts/lab --help`)
  return number
}

function phoneNumber(lab: Lab, text: string | undefined): number {
  const { length } = lab.addresses.phones
  if (length === 0) throw new Error('This lab has no phones.')
  return wholeNumber('The phone', text, length)
}

async function withGate(lab: Lab, work: (gate: Gate) => Promise<void>): Promise<void> {
  const gate = connectGate({ socket: `${lab.folder}/gate.sock` })
  try {
    await until('the gate to answer', () => gate.state() === 'enforcing', { withinMs: GATE_MS_MAX }).catch(() => {
      throw new Error('The gate does not answer. See ./scripts/lab status; ./scripts/lab down and up start it anew.')
    })
    await work(gate)
  } finally {
    await gate.close()
  }
}

async function admit([phone, time]: string[]): Promise<void> {
  const lab = need()
  const clientId = phoneNumber(lab, phone)
  const seconds = wholeNumber('The time in seconds', time, ADMIT_SECONDS_MAX)
  await withGate(lab, (gate) => gate.admit({ mac: macOf(lab, clientId), clientId, seconds }))
  say(`Phone ${clientId} passes for ${seconds} s.`)
}

async function evict([phone]: string[]): Promise<void> {
  const lab = need()
  const number = phoneNumber(lab, phone)
  await withGate(lab, (gate) => gate.evict(macOf(lab, number)))
  say(`Phone ${number} no longer passes.`)
}

async function limit([phone, up, down]: string[]): Promise<void> {
  const lab = need()
  const clientId = phoneNumber(lab, phone)
  const upKbps = wholeNumber('The limit up in kbit/s', up, KBPS_MAX, 0)
  const downKbps = wholeNumber('The limit down in kbit/s', down, KBPS_MAX, 0)
  await withGate(lab, (gate) => gate.limit({ clientId, upKbps, downKbps }))
  const words = (kbps: number): string => (kbps === 0 ? 'without limit' : `at most ${kbps} kbit/s`)
  say(`Phone ${clientId} goes up ${words(upKbps)}, down ${words(downKbps)}.`)
}

async function block([phone, time]: string[]): Promise<void> {
  const lab = need()
  const number = phoneNumber(lab, phone)
  const seconds = wholeNumber('The time in seconds', time, BLOCK_SECONDS_MAX, 0)
  const mac = macOf(lab, number)
  const { stdout } = await lab.exec('edge', ['nft', '-j', 'list', 'set', 'inet', 'gate', 'blocked'])
  // The gate is always told the whole list.
  const others = parseBlocked(stdout).filter((device) => device.mac !== mac)
  await withGate(lab, (gate) => gate.block(seconds === 0 ? others : [...others, { mac, seconds }]))
  say(seconds === 0 ? `Phone ${number} is no longer blocked.` : `Phone ${number} stays shut for ${seconds} s, whatever else is asked.`)
}

function garden(domains: string[]): void {
  const lab = need()
  writeGarden(lab.claim, domains)
  say(
    domains.length === 0 ? 'The walled garden is closed.' : `Open before the login, over https: ${domains.join(' ')} and names under them.`,
  )
}

const macOf = (lab: Lab, phone: number): string => lab.addresses.phones[phone - 1]?.mac ?? ''

function runAt(place: Place, words: string[]): void {
  const lab = need()
  const argv = words[0] === '--' ? words.slice(1) : words
  if (argv.length === 0) throw new Error('Which command? E.g. ./scripts/lab phone 1 -- curl http://internet.test/hello')
  const [program = '', ...args] = inside(lab.claim.plan, place, argv)
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (error) throw error
  process.exitCode = status ?? 1
}

async function browse([phone, url, file]: string[]): Promise<void> {
  const lab = need()
  const number = phoneNumber(lab, phone)
  if (url === undefined || file === undefined || !URL.canParse(url))
    throw new Error('Which page, and where to put its picture? E.g. ./scripts/lab browse 1 http://internet.test/ page.png')
  const browser = await lab.browser(number)
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 })
    await page.goto(url, { timeout: PAGE_MS_MAX, waitUntil: 'load' })
    await page.screenshot({ path: file, fullPage: true })
    say(`${page.url()} "${await page.title()}" -> ${file}`)
  } finally {
    await browser.close()
  }
}

/** parseArgs explains at length; one line is enough. */
function oneLine(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : String(cause)
  return cause instanceof TypeError && 'code' in cause ? `${words.replace(/\. .*/s, '')}. See ./scripts/lab --help` : words.trim()
}

const [command = '', ...args] = process.argv.slice(2)
try {
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (!run) throw new Error(`Unknown command: ${command}. See ./scripts/lab --help`)
  await run(args)
} catch (cause) {
  process.stderr.write(`\n  ✗ ${oneLine(cause)}\n`)
  process.exitCode = 1
}
