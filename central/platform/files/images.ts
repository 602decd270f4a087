/** Photos from outside, made harmless: recognised by content, decoded, drawn anew. Nothing of the original's bytes survives. */
import sharp from 'sharp'

/** A phone's photo; the multipart limit is the same. */
export const UPLOAD_OCTETS_MAX = 10 * 1024 * 1024
/** 50 megapixels: the largest phone sensors in use; a decompression bomb is far above. */
const PIXELS_MAX = 50_000_000
/** Enough to read a street sign on a full screen. */
const SIDE_MAX = 2_560
/** What a ticket status may carry to a box (base64 grows it by a third, the wire's limit is 120,000). */
export const RENDITION_OCTETS_MAX = 80 * 1024

type Image = { jpeg: Buffer; width: number; height: number }
export type ImageOutcome = { ok: true; image: Image } | { ok: false; reason: 'not-an-image' | 'too-many-pixels' }

export async function reencode(original: Buffer): Promise<ImageOutcome> {
  if (!sniff(original)) return { ok: false, reason: 'not-an-image' }
  try {
    const { width, height } = await sharp(original, { limitInputPixels: false }).metadata()
    if (width * height > PIXELS_MAX) return { ok: false, reason: 'too-many-pixels' }
    const { data, info } = await sharp(original, { limitInputPixels: PIXELS_MAX, failOn: 'error' })
      // The orientation tag goes with the rest of the metadata, so it is applied first.
      .rotate()
      .resize({ width: SIDE_MAX, height: SIDE_MAX, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 82 })
      .toBuffer({ resolveWithObject: true })
    return { ok: true, image: { jpeg: data, width: info.width, height: info.height } }
  } catch {
    // sharp throws on whatever it cannot decode; that is an answer about the file, not a fault of ours.
    return { ok: false, reason: 'not-an-image' }
  }
}

/** Small enough for a box and a phone on open Wi-Fi. */
export async function rendition(jpeg: Buffer): Promise<Buffer> {
  for (const [side, quality] of [
    [1_080, 72],
    [900, 66],
    [720, 60],
    [540, 54],
    [400, 48],
    [280, 40],
  ] as const) {
    const small = await sharp(jpeg)
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer()
    if (small.length <= RENDITION_OCTETS_MAX) return small
  }
  throw new Error(`a 280 pixel photo is over ${RENDITION_OCTETS_MAX} octets`)
}

/** JPEG (SOI, marker), PNG (ISO/IEC 15948 §5.2) or WebP (RFC 9649 §2.4): whatever the name or the browser says. */
function sniff(bytes: Buffer): boolean {
  const starts = (hex: string, at = 0) => bytes.subarray(at, at + hex.length / 2).toString('hex') === hex
  return starts('ffd8ff') || starts('89504e470d0a1a0a') || (starts('52494646') && starts('57454250', 8))
}
