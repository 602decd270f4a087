/** What is going on in a lab right now: who has which address, who is admitted for how long, what has passed. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseBlocked, parseClients, parseCounters, parseGarden } from '#edge/gate/listing.ts'
import { GARDEN_FILE } from '#edge/config.ts'
import { CAPTIVE_DNS_PORT, DNS_PORT, dnsFacts } from './dns.ts'
import type { Lab } from './lab.ts'
import type { Place } from './topology.ts'

export type PhoneOverview = {
  number: number
  mac: string
  addresses: string[]
  state: { word: 'shut' } | { word: 'admitted' | 'blocked'; secondsLeft: number }
  /** Since admission; undefined while it has none. */
  octets: { up: number; down: number } | undefined
}

export type Overview = {
  box: string[]
  internet: string[]
  parts: { name: 'gate' | 'DNS and DHCP' | 'captive DNS'; alive: boolean }[]
  phones: PhoneOverview[]
  garden: { domains: string[]; addresses: number }
}

export async function readOverview(lab: Lab): Promise<Overview> {
  const { edge, internet, host, phones } = lab.addresses
  const [clients, blocked, octets, gardenAddresses] = await Promise.all([
    readSets(lab, 'map client').then(parseClients),
    readSets(lab, 'set blocked').then(parseBlocked),
    readSets(lab, 'set up', 'set down').then(parseCounters),
    readSets(lab, 'set garden4', 'set garden6').then(parseGarden),
  ])
  const { plan } = lab.claim
  return {
    box: [edge.lan4, edge.lan6, `(from this machine ${edge.management}; this machine is ${host.management})`],
    internet: [internet.v4, internet.v6, '(internet.test)', internet.garden4, internet.garden6, '(garden.test)'],
    parts: [
      { name: 'gate', alive: await listens(lab, ['-Hxl', 'src', join(lab.folder, 'gate.sock')]) },
      { name: 'DNS and DHCP', alive: await listens(lab, ['-Huln', 'sport', '=', `:${DNS_PORT}`]) },
      { name: 'captive DNS', alive: await listens(lab, ['-Huln', 'sport', '=', `:${CAPTIVE_DNS_PORT}`]) },
    ],
    phones: await Promise.all(
      phones.map(async ({ mac, v4, v6 }, index): Promise<PhoneOverview> => {
        const admitted = clients.find((client) => client.mac === mac)
        const shutOut = blocked.find((device) => device.mac === mac)
        const counted = admitted && octets.find(({ clientId }) => clientId === admitted.clientId)
        return {
          number: index + 1,
          mac,
          addresses: plan.addressing === 'dhcp' ? (await lab.addressesNow(index + 1)).map(({ address }) => address) : [v4, v6],
          state: shutOut
            ? { word: 'blocked', secondsLeft: shutOut.seconds }
            : admitted
              ? { word: 'admitted', secondsLeft: admitted.seconds }
              : { word: 'shut' },
          octets: counted && { up: counted.upOctets, down: counted.downOctets },
        }
      }),
    ),
    garden: { domains: gardenDomains(lab), addresses: gardenAddresses.length },
  }
}

/** Pure. One line per thing, aligned. */
export function overviewText({ box, internet, parts, phones, garden }: Overview): string {
  const row = (name: string, ...words: string[]): string => `${name.padEnd(10)}${words.filter(Boolean).join('  ')}`
  return [
    row('box', ...box),
    row('internet', ...internet),
    row('running', ...parts.map(({ name, alive }) => `${name}: ${alive ? 'yes' : 'NO'}`)),
    row('garden', garden.domains.length === 0 ? 'closed' : `${garden.domains.join(' ')} (${garden.addresses} addresses known)`),
    '',
    ...phones.map(({ number, mac, addresses, state, octets }) =>
      row(
        `phone ${number}`,
        (state.word === 'shut' ? 'shut' : `${state.word}, ${state.secondsLeft} s left`).padEnd(24),
        octets ? `up ${amount(octets.up)}  down ${amount(octets.down)}`.padEnd(30) : ''.padEnd(30),
        mac,
        ...(addresses.length === 0 ? ['no address'] : addresses),
      ),
    ),
  ].join('\n')
}

/** 1 kB is 1,000 octets, as networks count. */
function amount(octets: number): string {
  if (octets < 1_000) return `${octets} B`
  return octets < 1e6 ? `${(octets / 1e3).toFixed(1)} kB` : `${(octets / 1e6).toFixed(1)} MB`
}

/** @param names `set NAME` or `map NAME` of the gate's table. @returns what nft prints, empty where the table is gone. */
async function readSets(lab: Lab, ...names: string[]): Promise<string> {
  const lists = await Promise.all(
    names.map((name) => {
      const [kind = '', set = ''] = name.split(' ')
      return lab.exec('edge', ['nft', '-j', 'list', kind, 'inet', 'gate', set])
    }),
  )
  return lists.map(({ code, stdout }) => (code === 0 ? stdout.trim() : '')).join('\n')
}

async function listens(lab: Lab, filter: string[], where: Place = 'edge'): Promise<boolean> {
  return (await lab.exec(where, ['ss', ...filter])).stdout.trim() !== ''
}

export function gardenDomains(lab: Lab): string[] {
  let text = ''
  try {
    text = readFileSync(join(dnsFacts(lab.claim).folder, GARDEN_FILE), 'utf8')
  } catch {
    // Never opened.
  }
  return [...new Set([...text.matchAll(/^server=\/([^/]+)\//gm)].map(([, domain = '']) => domain))]
}
