/**
 * A thousand devices on one phone of a lab: as many addresses, each leaving with a MAC address of its own. The phone's packet
 * filter writes them on the way out and takes in what is meant for them; the box's neighbour table knows them beforehand.
 */
import { LAN } from '#scripts/network-lab/topology.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'

/** 10.N.0.0/21: the lab's own addresses and 10.N.4.0/22 for the crowd. */
const PREFIX = 21
export const CROWD_MAX = 1_000

export type Crowd = { size: number; addressOf(index: number): string; macOf(index: number): string }

export async function gatherCrowd(lab: Lab, size = CROWD_MAX): Promise<Crowd> {
  const lan = lab.addresses.edge.lan4.replace(/\.0\.1$/, '')
  const place = (index: number): [number, number] => [4 + Math.floor(index / 250), 1 + (index % 250)]
  const addressOf = (index: number): string => `${lan}.${place(index).join('.')}`
  const macOf = (index: number): string =>
    `02:be:00:00:${place(index)
      .map((octet) => octet.toString(16).padStart(2, '0'))
      .join(':')}`
  const everyone = Array.from({ length: size }, (_, index) => index)

  await ipBatch(lab, 'edge', [
    `address del ${lan}.0.1/24 dev ${LAN}`,
    `address add ${lan}.0.1/${PREFIX} dev ${LAN}`,
    ...everyone.map((index) => `neigh replace ${addressOf(index)} lladdr ${macOf(index)} dev ${LAN} nud permanent`),
  ])
  await ipBatch(
    lab,
    'phone1',
    everyone.map((index) => `address add ${addressOf(index)}/32 dev eth0`),
  )
  // Frames for a made-up address are for another machine, says the card; the filter says otherwise.
  await must(lab, 'phone1', ['ip', 'link', 'set', 'eth0', 'promisc', 'on'])
  await must(
    lab,
    'phone1',
    ['nft', '-f', '-'],
    `table netdev crowd {
  map mac { type ipv4_addr : ether_addr; elements = { ${everyone.map((index) => `${addressOf(index)} : ${macOf(index)}`).join(', ')} } }
  chain leave {
    type filter hook egress device "eth0" priority 0;
    ether saddr set ip saddr map @mac
  }
  chain arrive {
    type filter hook ingress device "eth0" priority 0;
    ether type ip meta pkttype set host
  }
}
`,
  )
  return { size, addressOf, macOf }
}

const ipBatch = (lab: Lab, where: 'edge' | 'phone1', lines: string[]): Promise<void> =>
  must(lab, where, ['ip', '-batch', '-'], `${lines.join('\n')}\n`)

async function must(lab: Lab, where: 'edge' | 'phone1', argv: string[], input = ''): Promise<void> {
  const { code, stderr } = await lab.exec(where, argv, { input })
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr.slice(0, 400)}`)
}
