/**
 * The welcome page differs between two visitors by its token alone, and the refusal not at all. It is rendered and compressed once per language and second left,
 * and the token is set between the two halves: a crowd of phones that all ask at once must not cost a small box its CPU.
 */
import { randomBytes } from 'node:crypto'
import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { RefusedPage, RenderPage, WelcomePage } from '../wire/page.ts'

export type RenderedPage = { html(): string; gzip(): Buffer }

/** Languages times seconds left: what a crowd asks for lately. About 4 MB. */
const PAGES_MAX = 64

export function createPageCache(render: RenderPage) {
  const rendered = new Map<string, Halves>()
  // No visitor's page can contain it by chance, nor news that somebody wrote.
  const place = randomBytes(24).toString('base64url')

  return function common(page: WelcomePage | RefusedPage): RenderedPage {
    const token = page.page === 'welcome' ? page.token : ''
    const key = JSON.stringify({ ...page, token: '' })
    let halves = rendered.get(key)
    if (!halves) {
      halves = split(render(page.page === 'welcome' ? { ...page, token: place } : page), place)
      rendered.set(key, halves)
      if (rendered.size > PAGES_MAX) rendered.delete(rendered.keys().next().value!)
    }
    const known = halves
    const shown = known.takesToken ? token : ''
    return { html: () => known.before.toString() + shown + known.after.toString(), gzip: () => joinGzip(known, Buffer.from(shown)) }
  }
}

type Halves = { takesToken: boolean; before: Buffer; after: Buffer; packedBefore: Buffer; packedAfter: Buffer; crcBefore: number }

function split(html: string, place: string): Halves {
  const [first = '', second = '', ...more] = html.split(place)
  if (more.length > 0) throw new Error('the welcome page shows its token more than once')
  const [before, after] = [Buffer.from(first), Buffer.from(second)]
  return {
    // Without an upstream the page has no button; a refusal has none either.
    takesToken: first.length < html.length,
    before,
    after,
    // A full flush ends on a byte boundary and leaves nothing to refer back to, so that blocks may follow from elsewhere.
    packedBefore: deflateRawSync(before, { level: 9, finishFlush: constants.Z_FULL_FLUSH }),
    packedAfter: deflateRawSync(after, { level: 9 }),
    crcBefore: crc32(before),
  }
}

/** RFC 1952 §2.3: magic, deflate, no flags, no time, no extra flags, Unix. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])

/** One gzip member (RFC 1952) of three runs of deflate blocks (RFC 1951): packed, stored (§3.2.4), packed. */
function joinGzip({ before, after, packedBefore, packedAfter, crcBefore }: Halves, middle: Buffer): Buffer {
  const stored = Buffer.alloc(5)
  stored.writeUInt16LE(middle.length, 1)
  stored.writeUInt16LE(~middle.length & 0xffff, 3)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(after, crc32(middle, crcBefore)), 0)
  trailer.writeUInt32LE(before.length + middle.length + after.length, 4)
  return Buffer.concat([GZIP_HEADER, packedBefore, stored, middle, packedAfter, trailer])
}
