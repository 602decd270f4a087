import { test } from 'node:test'
import assert from 'node:assert/strict'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { reencode, rendition, RENDITION_OCTETS_MAX } from '#central/platform/files/images.ts'

/** A photo with a place and a phone's name in its metadata, as a camera writes it. */
const photo = (width = 800, height = 600) =>
  sharp({ create: { width, height, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: '#808080' } })
    .withExif({
      IFD0: { Model: 'TelefonKu', Copyright: '<script>alert(1)</script>' },
      IFD3: { GPSLatitude: '7/1 37/1 44/1', GPSLatitudeRef: 'S' },
    })
    .jpeg()
    .toBuffer()

test('what a camera wrote beside the picture is gone, the place above all', async () => {
  const original = await photo()
  assert.ok((await sharp(original).metadata()).exif, 'the fixture has metadata')
  const outcome = await reencode(original)
  assert.ok(outcome.ok)
  const { exif, xmp, iptc } = await sharp(outcome.image.jpeg).metadata()
  assert.deepEqual([exif, xmp, iptc], [undefined, undefined, undefined])
  assert.ok(!outcome.image.jpeg.includes('TelefonKu') && !outcome.image.jpeg.includes('<script'))
})

test('PNG and WebP become JPEG; a page hidden behind a real photo does not survive', async () => {
  const small = sharp(await photo(64, 48))
  for (const converted of [await small.clone().png().toBuffer(), await small.clone().webp().toBuffer()]) {
    const outcome = await reencode(converted)
    assert.ok(outcome.ok)
    assert.equal((await sharp(outcome.image.jpeg).metadata()).format, 'jpeg')
  }
  const polyglot = Buffer.concat([await photo(64, 48), Buffer.from('<html><script>alert(1)</script></html>')])
  const outcome = await reencode(polyglot)
  assert.ok(outcome.ok && !outcome.image.jpeg.includes('<html'))
})

for (const [what, bytes] of [
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
  [
    'a page that begins like a JPEG',
    Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from('<html><script>alert(1)</script></html>')]),
  ],
  ['a PDF', Buffer.from('%PDF-1.7')],
  ['a GIF', Buffer.from('474946383961010001000000003b', 'hex')],
  ['nothing', Buffer.alloc(0)],
] as const) {
  test(`${what} is refused`, async () => assert.deepEqual(await reencode(bytes), { ok: false, reason: 'not-an-image' }))
}

test('a picture of 30,000 by 30,000 pixels in a few kilobytes is refused before it unfolds', async () => {
  const bomb = pngBomb(30_000)
  assert.ok(bomb.length < 200_000)
  assert.deepEqual(await reencode(bomb), { ok: false, reason: 'too-many-pixels' })
})

test('the portal’s rendition fits the wire even for a photo that compresses badly', async () => {
  const outcome = await reencode(await photo(2_700, 1_500))
  assert.ok(outcome.ok && outcome.image.width === 2_560)
  const small = await rendition(outcome.image.jpeg)
  assert.ok(small.length <= RENDITION_OCTETS_MAX)
  assert.ok((await sharp(small).metadata()).width >= 280)
})

/** A valid black PNG of side × side pixels, one bit each (ISO/IEC 15948 §5.3, §11.2). */
function pngBomb(side: number): Buffer {
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
    const framed = Buffer.alloc(typed.length + 8)
    framed.writeUInt32BE(body.length, 0)
    typed.copy(framed, 4)
    framed.writeUInt32BE(crc32(typed), typed.length + 4)
    return framed
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const rows = Buffer.alloc(side * (1 + Math.ceil(side / 8)))
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
