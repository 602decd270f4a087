/**
 * The lab's plan: a hotspot box, phones and a little internet, each in a network namespace of its own. Pure.
 *
 *   phone1..N ── br-lan [edge] wan0 ── [internet]
 *                        │ mgmt
 *                     the machine itself (where central runs), and with a host visitor also a port of br-lan
 */

export type Place = 'edge' | 'internet' | `phone${number}`

/** One lab is one number, 0..254: it keeps names and the management subnet of several labs apart. */
export type LabPlan = {
  number: number
  phones: number
  /** Second octet of the LAN, 10.N.0.0/24. */
  lanOctet: number
  /** Second octet of the management subnet, 10.N.<number>.0/30. */
  managementOctet: number
  /** First three octets of the lab's internet. */
  internetPrefix: string
  hostVisitor: boolean
  /** `dhcp`: phones begin unplugged and without addresses (phone-network.ts). */
  addressing: 'fixed' | 'dhcp'
  /** The LAN has an IPv6 prefix of the internet's, routed back to the box; otherwise a private one (ULA) behind masquerade. */
  routedV6: boolean
}

export type LabAddresses = {
  edge: { lan4: string; lan6: string; wan4: string; wan6: string; management: string }
  /** `garden`: a second pair of addresses of the same machine, where the walled garden's name leads. */
  internet: { v4: string; v6: string; garden4: string; garden6: string }
  /** With addressing `dhcp` only `mac` is theirs; see addressesNow in phone-network.ts. */
  phones: { v4: string; v6: string; mac: string }[]
  /** This machine, as the edge sees it. */
  host: { management: string; visitor: { v4: string; mac: string } | undefined }
}

export const LAN = 'br-lan'
export const WAN = 'wan0'

/** Beyond this the phones' fixed addresses would run into the DHCP range. */
export const PHONES_MAX = 80

/** IPv6 prefixes live inside the namespaces only, so they are the same in every lab. */
const LAN6_PRIVATE = 'fd77:0:0:77::'
const LAN6_ROUTED = '2001:db8:77:1::'
const INTERNET6 = '2001:db8:51::'

export function namespaceOf({ number }: LabPlan, place: Place): string {
  return `bbc${number}-${place}`
}

export function allPlaces({ phones }: LabPlan): Place[] {
  return ['edge', 'internet', ...Array.from({ length: phones }, (_, index): Place => `phone${index + 1}`)]
}

export function addressesOf(plan: LabPlan): LabAddresses {
  const lan4 = `10.${plan.lanOctet}.0`
  const lan6 = plan.routedV6 ? LAN6_ROUTED : LAN6_PRIVATE
  const management = `10.${plan.managementOctet}.${plan.number}`
  return {
    edge: {
      lan4: `${lan4}.1`,
      lan6: `${lan6}1`,
      wan4: `${plan.internetPrefix}.1`,
      wan6: `${INTERNET6}1`,
      management: `${management}.2`,
    },
    internet: {
      v4: `${plan.internetPrefix}.10`,
      v6: `${INTERNET6}10`,
      garden4: `${plan.internetPrefix}.20`,
      garden6: `${INTERNET6}20`,
    },
    phones: Array.from({ length: plan.phones }, (_, index) => ({
      v4: `${lan4}.${11 + index}`,
      v6: `${lan6}${(0x11 + index).toString(16)}`,
      mac: `02:77:00:00:00:${(0x11 + index).toString(16).padStart(2, '0')}`,
    })),
    host: {
      management: `${management}.1`,
      visitor: plan.hostVisitor ? { v4: `${lan4}.2`, mac: '02:77:00:00:01:02' } : undefined,
    },
  }
}

export function dhcpRange(plan: LabPlan): { from: string; to: string; netmask: string } {
  return { from: `10.${plan.lanOctet}.0.100`, to: `10.${plan.lanOctet}.0.250`, netmask: '255.255.255.0' }
}

export type IpBatch = { namespace: string | undefined; lines: string[] }

/** Kernel settings per namespace, before any interface exists: addresses are ours alone, so nobody need wait for DAD. */
export function settingsOf(place: Place): string[] {
  const quick = ['net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.disable_ipv6=0']
  return place === 'edge'
    ? [...quick, 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv6.conf.default.forwarding=1']
    : quick
}

/** What `ip -batch` must do, namespace by namespace, in this order. */
export function wiring(plan: LabPlan): IpBatch[] {
  const { edge, internet, phones, host } = addressesOf(plan)
  const ns = (place: Place): string => namespaceOf(plan, place)
  const managementIf = `bbc${plan.number}m`
  const visitorIf = `bbc${plan.number}v`
  const isolatedPort = (name: string): string[] => [`link set ${name} master ${LAN} up`, `link set ${name} type bridge_slave isolated on`]
  const batches: IpBatch[] = [
    {
      namespace: undefined,
      lines: [
        `link add ${WAN} netns ${ns('edge')} type veth peer name eth0 netns ${ns('internet')}`,
        `link add ${managementIf} type veth peer name mgmt netns ${ns('edge')}`,
        ...phones.map(
          ({ mac }, i) => `link add eth0 netns ${ns(`phone${i + 1}`)} address ${mac} type veth peer name port${i + 1} netns ${ns('edge')}`,
        ),
        ...(host.visitor ? [`link add ${visitorIf} address ${host.visitor.mac} type veth peer name porthost netns ${ns('edge')}`] : []),
      ],
    },
    {
      namespace: ns('edge'),
      lines: [
        'link set lo up',
        `link add ${LAN} address 02:77:00:00:00:01 type bridge forward_delay 0 mcast_snooping 0`,
        `address add ${edge.lan4}/24 dev ${LAN}`,
        `address add ${edge.lan6}/64 dev ${LAN} nodad`,
        `link set ${LAN} up`,
        ...phones.flatMap((_, i) => isolatedPort(`port${i + 1}`)),
        ...(host.visitor ? isolatedPort('porthost') : []),
        `address add ${edge.wan4}/24 dev ${WAN}`,
        `address add ${edge.wan6}/64 dev ${WAN} nodad`,
        `link set ${WAN} up`,
        `route add default via ${internet.v4}`,
        `route add default via ${internet.v6}`,
        `address add ${edge.management}/30 dev mgmt`,
        'link set mgmt up',
      ],
    },
    {
      namespace: ns('internet'),
      lines: [
        'link set lo up',
        `address add ${internet.v4}/24 dev eth0`,
        `address add ${internet.garden4}/24 dev eth0`,
        `address add ${internet.v6}/64 dev eth0 nodad`,
        // Deprecated (RFC 4862 5.5.4), so that answers to the other address never leave from this one.
        `address add ${internet.garden6}/64 dev eth0 nodad preferred_lft 0`,
        'link set eth0 up',
        ...(plan.routedV6 ? [`route add ${LAN6_ROUTED}/64 via ${edge.wan6}`] : []),
      ],
    },
    ...phones.map(({ v4, v6 }, i) => ({
      namespace: ns(`phone${i + 1}`),
      lines: ['link set lo up', ...(plan.addressing === 'dhcp' ? [] : fixedAddresses(v4, v6, edge))],
    })),
    { namespace: undefined, lines: [`address add ${host.management}/30 dev ${managementIf}`, `link set ${managementIf} up`] },
  ]
  if (host.visitor) {
    const lines = [
      `address add ${host.visitor.v4}/24 dev ${visitorIf}`,
      `link set ${visitorIf} up`,
      `route add ${plan.internetPrefix}.0/24 via ${edge.lan4}`,
    ]
    batches.push({ namespace: undefined, lines })
  }
  return batches
}

function fixedAddresses(v4: string, v6: string, edge: LabAddresses['edge']): string[] {
  return [
    `address add ${v4}/24 dev eth0`,
    `address add ${v6}/64 dev eth0 nodad`,
    'link set eth0 up',
    `route add default via ${edge.lan4}`,
    `route add default via ${edge.lan6}`,
  ]
}

/** Is any of this network already in use on the machine? Routes as `ip -j route` prints their destinations. */
export function overlaps(network: string, routes: string[]): boolean {
  return routes.filter((route) => route !== 'default').some((route) => sameNetwork(network, route))
}

function sameNetwork(a: string, b: string): boolean {
  const [left, leftBits] = range(a)
  const [right, rightBits] = range(b)
  const shift = 2 ** (32 - Math.min(leftBits, rightBits))
  return Math.floor(left / shift) === Math.floor(right / shift)
}

function range(network: string): [number, number] {
  const [address = '', bits = '32'] = network.split('/')
  return [address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0), Number(bits)]
}
