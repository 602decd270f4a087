/** ./scripts/lab: the network lab for people. The words are explained there, in --help. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { connectGate } from '#edge/gate/client.ts'
import { isAbandoned, readClaims } from './claims.ts'
import { createLab, openLab, takeDown, type Lab } from './lab.ts'
import { inside } from './namespaces.ts'
import { allPlaces, namespaceOf, type Place } from './topology.ts'
import { until } from './waiting.ts'

const NAME = 'lab'

/** A page that has not loaded by then is shown as it is. */
const PAGE_MS_MAX = 15_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main([command = '', ...args]: string[]): Promise<void> {
  switch (command) {
    case 'up':
      return up(args)
    case 'down':
      return down()
    case 'status':
      return status()
    case 'admit':
      return admit(args)
    case 'evict':
      return evict(args)
    case 'phone':
      return runAt(`phone${args[0]}` as Place, args.slice(1))
    case 'edge':
      return runAt('edge', args)
    case 'browse':
      return browse(args)
    default:
      throw new Error(`Unknown command: ${command}. See ./scripts/lab --help`)
  }
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
  const { values } = parseArgs({ args, options: { phones: { type: 'string', default: '2' } } })
  if (find()) throw new Error('The lab is already up. See ./scripts/lab status, or take it away with ./scripts/lab down')
  const lab = await createLab({ phones: Number(values.phones), stays: true, name: NAME })
  try {
    await lab.startDns()
    await lab.startGate()
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

function status(): void {
  const lab = find()
  if (!lab) return say('The lab is not up. Start it with ./scripts/lab up')
  const { edge, internet, phones, host } = lab.addresses
  say(`edge      ${edge.lan4}  ${edge.lan6}  (from this machine: ${edge.management}; this machine is ${host.management})`)
  say(`internet  ${internet.v4}  ${internet.v6}  http://internet.test/hello`)
  phones.forEach(({ v4, v6, mac }, index) => say(`phone ${index + 1}   ${v4}  ${v6}  ${mac}`))
  say(`gate      ${lab.folder}/gate.sock; the portal is expected on port 8080 of the box`)
  say(
    `names     ${allPlaces(lab.claim.plan)
      .map((place) => lab.names[place])
      .join(' ')}`,
  )
}

function phoneNumber(lab: Lab, text: string | undefined): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > lab.addresses.phones.length)
    throw new Error(`This lab has phones 1 to ${lab.addresses.phones.length}.`)
  return number
}

async function withGate(lab: Lab, work: (gate: ReturnType<typeof connectGate>) => Promise<void>): Promise<void> {
  const gate = connectGate({ socket: `${lab.folder}/gate.sock` })
  try {
    await until('the gate to answer', () => gate.state() === 'enforcing')
    await work(gate)
  } finally {
    await gate.close()
  }
}

async function admit([phone, seconds = '']: string[]): Promise<void> {
  const lab = need()
  const clientId = phoneNumber(lab, phone)
  const { mac } = lab.addresses.phones[clientId - 1]!
  await withGate(lab, (gate) => gate.admit({ mac, clientId, seconds: Number(seconds) }))
  say(`Phone ${clientId} passes for ${seconds} s.`)
}

async function evict([phone]: string[]): Promise<void> {
  const lab = need()
  const number = phoneNumber(lab, phone)
  await withGate(lab, (gate) => gate.evict(lab.addresses.phones[number - 1]!.mac))
  say(`Phone ${number} no longer passes.`)
}

function runAt(place: Place, words: string[]): void {
  const lab = need()
  if (!allPlaces(lab.claim.plan).includes(place)) throw new Error(`This lab has phones 1 to ${lab.addresses.phones.length}.`)
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
  if (url === undefined || file === undefined) throw new Error('Usage: ./scripts/lab browse N URL FILE.png')
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

await main(process.argv.slice(2)).catch((cause: unknown) => {
  process.stderr.write(`\n  ✗ ${cause instanceof Error ? cause.message : String(cause)}\n`)
  process.exit(1)
})
