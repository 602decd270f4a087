/**
 * How a long telemetry body rests in the outbox: what access points and switches say is the same words every minute, and a
 * quarter of the space without them. Short bodies, and all events, rest as the text they are, for whoever must read a damaged file.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Below it there is little to gain; usage and health stay below. */
const LONG = 512
/** 32 KiB of window and 256 KiB of tables per call would be zlib's own choice, for bodies of a few hundred letters. */
const SMALL = { level: 1, windowBits: 12, memLevel: 5 } as const
/** The first octet says which words were left out: a file written with others must stay readable. */
const WORDS_ONE = 1
const WORDS = new Map([
  [
    WORDS_ONE,
    Buffer.from(
      '{"name":"","kind":"unknown","router","switch","ap","reachable":true,"problem":"no-answer","seconds":60,"model":"","sysName":"",' +
        '"objectId":"1.3.6.1.4.1.","uptimeSeconds":,"clients":,"learnedAddresses":,"poeWatts":,"poeLimitWatts":,' +
        '"radios":[{"name":"radio0","channel":36,"clients":,"utilisation":0.,"noiseDbm":-95}],' +
        '"ports":[{"name":"eth0","up":false,"alias":"","speedMbps":1000,"inOctets":,"outOctets":,"errors":,"discards":},' +
        '{"name":"port1","up":true,"speedMbps":1000,"inOctets":0,"outOctets":',
    ),
  ],
])

export function packBody(body: string): string | Buffer {
  if (body.length < LONG) return body
  return Buffer.concat([Buffer.of(WORDS_ONE), deflateRawSync(body, { ...SMALL, dictionary: WORDS.get(WORDS_ONE)! })])
}

/** @returns an empty text for what cannot be unpacked: its checksum then tells. `bytesMax`: a flipped bit must not unfold into gigabytes. */
export function unpackBody(kept: string | Buffer, bytesMax: number): string {
  if (typeof kept === 'string') return kept
  const dictionary = WORDS.get(kept[0] ?? 0)
  try {
    return dictionary === undefined ? '' : inflateRawSync(kept.subarray(1), { dictionary, maxOutputLength: bytesMax }).toString()
  } catch {
    return ''
  }
}
