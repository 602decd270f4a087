/** The gate daemon's command line. Pure: words in, facts out. */
import { parseArgs } from 'node:util'
import type { GateFacts } from './ruleset.ts'

export const USAGE = `Usage: node edge/gate/daemon.ts --socket PATH --lan IF --wan IF --portal-port N --dns-port N --captive-dns-port N [more]

The only process of the box that touches the packet filter; needs CAP_NET_ADMIN and nothing else.
Prints {"ready":true} once the table is loaded and the socket listens. Ending it leaves the table: who is admitted
stays online until their time is over, nobody new gets in.

  --socket PATH           unix socket to listen on (mode 0660)
  --lan IF                bridge of the visitors
  --wan IF                interface towards the internet
  --portal-port N         where the portal listens; visitors' tcp/80 arrives there
  --portal-tls-port N     where it listens with HTTPS; tcp/443 to the box itself arrives there (left out: refused)
  --dns-port N            DNS for admitted visitors
  --captive-dns-port N    DNS without upstream, for everybody else
  --open-port PROTO:N     one more of the box's ports the LAN may reach, e.g. udp:1812; may be repeated
  --routed-ipv6           the LAN's IPv6 prefix is routed back to this box: do not masquerade IPv6
  --help                  this text
`

export type Options = { help: true } | { help: false; socket: string; facts: GateFacts }

/** As the kernel has it (IFNAMSIZ 16 with the end mark), without characters that mean something to nft. */
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/

/** sockaddr_un holds 108 bytes with the end mark. */
const SOCKET_PATH_BYTES_MAX = 107

/** A box opens a handful of ports; more is a mistake. */
const OPEN_PORTS_MAX = 32

/** @throws Error with one line saying which option is wrong. */
export function parseOptions(args: string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: {
      socket: text,
      lan: text,
      wan: text,
      'portal-port': text,
      'portal-tls-port': text,
      'dns-port': text,
      'captive-dns-port': text,
      'open-port': { type: 'string', multiple: true },
      'routed-ipv6': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return { help: true }
  const socket = values.socket ?? ''
  if (socket === '' || Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX)
    throw new Error(`--socket must be a path of 1 to ${SOCKET_PATH_BYTES_MAX} bytes`)
  const tlsPort = values['portal-tls-port']
  const openPorts = values['open-port'] ?? []
  if (openPorts.length > OPEN_PORTS_MAX) throw new Error(`--open-port may be given ${OPEN_PORTS_MAX} times`)
  return {
    help: false,
    socket,
    facts: {
      lan: interfaceName('--lan', values.lan),
      wan: interfaceName('--wan', values.wan),
      portalPort: portNumber('--portal-port', values['portal-port']),
      ...(tlsPort !== undefined && { portalTlsPort: portNumber('--portal-tls-port', tlsPort) }),
      dnsPort: portNumber('--dns-port', values['dns-port']),
      captiveDnsPort: portNumber('--captive-dns-port', values['captive-dns-port']),
      openPorts: openPorts.map(openPort),
      masqueradeV6: values['routed-ipv6'] !== true,
    },
  }
}

function interfaceName(option: string, value: string | undefined): string {
  if (value === undefined || !INTERFACE.test(value)) throw new Error(`${option} must be the name of a network interface`)
  return value
}

function portNumber(option: string, value: string | undefined): number {
  const port = /^\d{1,5}$/.test(value ?? '') ? Number(value) : 0
  if (port < 1 || port > 65_535) throw new Error(`${option} must be a port, 1 to 65535`)
  return port
}

function openPort(value: string): GateFacts['openPorts'][number] {
  const [protocol, port] = value.split(':')
  if (protocol !== 'tcp' && protocol !== 'udp') throw new Error('--open-port must look like udp:1812')
  return { protocol, port: portNumber('--open-port', port) }
}
