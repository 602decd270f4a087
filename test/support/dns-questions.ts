/** Questions to a name server from a lab phone, with types, TTLs and answer codes as they were on the wire. */
import assert from 'node:assert/strict'
import type { Lab, Place } from '#scripts/network-lab/lab.ts'

const TYPES = { A: 1, NS: 2, CNAME: 5, NULL: 10, MX: 15, TXT: 16, AAAA: 28, SRV: 33, HTTPS: 65, ANY: 255 }
export type RecordType = keyof typeof TYPES

/** What came back; an address in its usual spelling, everything else as raw latin1. */
export type DnsAnswer = { code: number; answers: { type: number; ttl: number; data: string }[] } | { silent: true }

/** Asks all at once, each from a port of its own, as phones do. */
export async function ask(lab: Lab, phone: Place, server: string, questions: [string, RecordType][]): Promise<DnsAnswer[]> {
  const wire = questions.map(([name, type]) => [name, TYPES[type]])
  const { code, stdout, stderr } = await lab.exec(phone, [
    process.execPath,
    '--input-type=module',
    '-e',
    RESOLVER,
    server,
    JSON.stringify(wire),
  ])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as DnsAnswer[]
}

/** A resolver of a few lines: Node's own hides TTLs, types and answer codes. */
const RESOLVER = `
import { createSocket } from 'node:dgram'
const [server, wire] = process.argv.slice(1)
const query = (name, type, id) => Buffer.concat([
  Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
  Buffer.from([0, 0, type, 0, 1]),
])
const skipName = (packet, at) => {
  while (packet[at] !== 0 && packet[at] < 192) at += packet[at] + 1
  return packet[at] === 0 ? at + 1 : at + 2
}
const parse = (packet) => {
  let at = skipName(packet, 12) + 4
  const answers = []
  for (let i = 0; i < packet.readUInt16BE(6); i += 1) {
    at = skipName(packet, at)
    const type = packet.readUInt16BE(at), ttl = packet.readUInt32BE(at + 4), length = packet.readUInt16BE(at + 8)
    const raw = packet.subarray(at + 10, at + 10 + length)
    at += 10 + length
    const six = () => new URL('http://[' + raw.toString('hex').match(/..../g).join(':') + ']').hostname.slice(1, -1)
    answers.push({ type, ttl, data: type === 1 ? [...raw].join('.') : type === 28 ? six() : raw.toString('latin1') })
  }
  return { code: packet[3] & 15, answers }
}
const one = ([name, type], id) => new Promise((resolve) => {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
  const finish = (answer) => { clearTimeout(timer); socket.close(); resolve(answer) }
  const timer = setTimeout(() => finish({ silent: true }), 2_000)
  socket.on('message', (packet) => finish(parse(packet)))
  socket.on('error', () => finish({ silent: true }))
  socket.send(query(name, type, id), 53, server)
})
console.log(JSON.stringify(await Promise.all(JSON.parse(wire).map(one))))
`
