/** IP addresses as numbers. Pure. */
import { isIP } from 'node:net'

/** As a 128-bit number, IPv4 as ::ffff:a.b.c.d, which is also how a dual-stack socket reports it. */
export function parseAddress(text: string): bigint | undefined {
  const family = isIP(text)
  if (family === 4) return 0xffff_0000_0000n + ipv4Number(text)
  if (family !== 6) return undefined
  // A link-local source arrives with its zone (fe80::1%br-lan); the table does not tell zones apart.
  let [plain = ''] = text.split('%')
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)
  if (embedded) {
    const number = ipv4Number(embedded[2]!)
    plain = `${embedded[1]}${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`
  }
  const [left = '', right] = plain.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = groups(left)
  const end = right === undefined ? [] : groups(right)
  const zeros: string[] = Array.from({ length: 8 - head.length - end.length }, () => '0')
  return [...head, ...zeros, ...end].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

const ipv4Number = (text: string): bigint => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
