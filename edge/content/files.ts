import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

export type PortalFile = {
  type: string
  bytes: Buffer
  /** Present where it is smaller; never for video, which is asked for in ranges. */
  gzipped: Buffer | undefined
  etag: string
  /** The name carries the SHA-256 of the content (its first digits), so a phone may keep it for good. */
  immutable: boolean
}

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.woff2': 'font/woff2',
  '.mp4': 'video/mp4',
  '.vtt': 'text/vtt; charset=utf-8',
  '.ico': 'image/x-icon',
}

const HASH_IN_NAME = 8

const COMPRESSIBLE = /^(text\/|image\/svg)/
/** All of it is held in memory for as long as the box runs: two renditions of a clip, their words, the island. */
const FOLDER_BYTES_MAX = 8 * 1024 * 1024

/** Reads a flat folder's publishable files; what has no known type (manifests, source maps) is not served. */
export function loadFiles(folder: string, prefix: string): Map<string, PortalFile> {
  const files = new Map<string, PortalFile>()
  if (!existsSync(folder)) return files
  let total = 0
  for (const name of readdirSync(folder).sort()) {
    const type = TYPES[extname(name).toLowerCase()]
    const path = join(folder, name)
    if (type === undefined || !statSync(path).isFile()) continue
    total += statSync(path).size
    if (total > FOLDER_BYTES_MAX)
      throw new Error(`${folder} holds more than ${FOLDER_BYTES_MAX} bytes; the box keeps it in memory. Make the files smaller.`)
    files.set(prefix + name, portalFile(readFileSync(path), type, name))
  }
  return files
}

export function portalFile(bytes: Buffer, type: string, name: string): PortalFile {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const gzipped = COMPRESSIBLE.test(type) ? gzipSync(bytes, { level: 9 }) : undefined
  return {
    type,
    bytes,
    gzipped: gzipped && gzipped.length < bytes.length ? gzipped : undefined,
    etag: `"${digest.slice(0, 32)}"`,
    immutable: name.includes(digest.slice(0, HASH_IN_NAME)),
  }
}
