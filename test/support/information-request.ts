/**
 * What a phone learns by DHCPv6 without asking for an address: an Information-request (RFC 8415 §18.2.6), because Debian has
 * no client that prints option 103. Runs on a lab phone: `node information-request.ts eth0` prints its Answer.
 */
import { createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

/** `captiveApi`: option 103, RFC 8910 §2.2. `nameServers`: option 23, as hex. */
export type InformationReply = { captiveApi: string | undefined; nameServers: string }

const INFORMATION_REQUEST = 11
const REPLY = 7
const OPTION = { clientId: 1, request: 6, elapsed: 8, nameServers: 23, captiveApi: 103 }
const ASK_EVERY_MS = 1_000
const GIVE_UP_MS = 10_000

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(code, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value])
}

function optionsOf(packet: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 4; at + 4 <= packet.length; at += 4 + packet.readUInt16BE(at + 2))
    found.set(packet.readUInt16BE(at), packet.subarray(at + 4, at + 4 + packet.readUInt16BE(at + 2)))
  return found
}

if (import.meta.main) {
  const [device = 'eth0'] = process.argv.slice(2)
  const own = networkInterfaces()[device]?.find(({ family, address }) => family === 'IPv6' && address.startsWith('fe80:'))
  if (!own) throw new Error(`${device} has no link-local address`)
  // DUID-LL (RFC 8415 §11.4) over Ethernet.
  const duid = Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.from(own.mac.replaceAll(':', ''), 'hex')])
  const wanted = Buffer.from([0, OPTION.nameServers, 0, OPTION.captiveApi])
  const packet = Buffer.concat([
    Buffer.from([INFORMATION_REQUEST, 1, 2, 3]),
    option(OPTION.clientId, duid),
    option(OPTION.request, wanted),
    option(OPTION.elapsed, Buffer.alloc(2)),
  ])
  const socket = createSocket('udp6')
  socket.on('message', (answer) => {
    if (answer[0] !== REPLY || answer.readUIntBE(1, 3) !== 0x010203) return
    const options = optionsOf(answer)
    const reply: InformationReply = {
      captiveApi: options.get(OPTION.captiveApi)?.toString('utf8'),
      nameServers: options.get(OPTION.nameServers)?.toString('hex') ?? '',
    }
    process.stdout.write(JSON.stringify(reply))
    process.exit()
  })
  socket.bind(546, () => {
    const ask = (): void => socket.send(packet, 547, `ff02::1:2%${device}`)
    ask()
    setInterval(ask, ASK_EVERY_MS)
    setTimeout(() => {
      process.stderr.write('nobody answered the Information-request\n')
      process.exit(1)
    }, GIVE_UP_MS)
  })
}
