/** Loads what visitors see (portal/dist, built by Vite) into memory once: templates, news, the clip, and their hashes. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LANGUAGES, type Clip, type Language, type NewsCard, type RenderPage } from '../wire/page.ts'
import { loadFiles, type PortalFile } from './files.ts'
import { samplePages } from './sample-pages.ts'

export type Portal = {
  render: RenderPage
  news: Record<Language, NewsCard[]>
  /** Undefined when it is missing or damaged: the welcome page then shows its words. */
  clip: Clip | undefined
  /** By request path. */
  files: ReadonlyMap<string, PortalFile>
  /** Hashes of what the templates put inline, for the content security policy: nothing else inline runs or styles. */
  inline: { scripts: string[]; styles: string[] }
}

export class PortalNotBuilt extends Error {}

/** @throws PortalNotBuilt saying what to run, when the templates are not there. */
export async function loadPortal(portalDir: string, log: (line: string) => void): Promise<Portal> {
  const templates = join(portalDir, 'render.js')
  if (!existsSync(templates)) throw new PortalNotBuilt(`The portal is not built: ${templates} is missing. Run "npm run build" first.`)
  const module = (await import(pathToFileURL(templates).href)) as { render?: unknown }
  if (typeof module.render !== 'function') throw new PortalNotBuilt(`${templates} exports no render(page). Run "npm run build" again.`)
  const render = module.render as RenderPage

  const files = new Map([...loadFiles(join(portalDir, 'assets'), '/assets/'), ...loadFiles(join(portalDir, 'content'), '/content/')])
  const news = readNews(portalDir, log)
  const clip = readClip(portalDir, files, log)
  return { render, news, clip, files, inline: inlineHashes(samplePages(news, clip).map(render)) }
}

function readNews(portalDir: string, log: (line: string) => void): Record<Language, NewsCard[]> {
  const none = Object.fromEntries(LANGUAGES.map((language) => [language, []])) as unknown as Record<Language, NewsCard[]>
  const file = join(portalDir, 'content/news.json')
  if (!existsSync(file)) {
    log('portal: there is no news.json; the welcome page shows no news')
    return none
  }
  const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<Language, NewsCard[]>>
  return Object.fromEntries(LANGUAGES.map((language) => [language, read[language] ?? read.id ?? []])) as unknown as Record<
    Language,
    NewsCard[]
  >
}

/** The manifest names files beside it; a clip whose files are not whole is worse than none, for it would stall the page. */
function readClip(portalDir: string, files: ReadonlyMap<string, PortalFile>, log: (line: string) => void): Clip | undefined {
  const file = join(portalDir, 'content/clip.json')
  if (!existsSync(file)) {
    log('portal: there is no clip; the welcome page shows words instead')
    return undefined
  }
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Clip
    const path = (name: string) => (name.startsWith('/') ? name : `/content/${name.replace(/^\.\//, '')}`)
    const { smallSrc, words, ...rest } = manifest
    const clip: Clip = { ...rest, src: path(rest.src), captions: path(rest.captions), poster: path(rest.poster) }
    if (smallSrc !== undefined) clip.smallSrc = path(smallSrc)
    for (const video of [clip.src, clip.smallSrc]) if (video !== undefined) requireWholeVideo(video, files.get(video))
    for (const part of [clip.captions, clip.poster]) if (!files.has(part)) throw new Error(`${part} is missing`)
    const spoken = Object.entries(words ?? {}).map(([language, own]) => [language, { ...own, captions: path(own.captions) }] as const)
    if (words) clip.words = Object.fromEntries(spoken.filter(([, own]) => files.has(own.captions)))
    return clip
  } catch (error) {
    log(`portal: the clip cannot be shown: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

/** Walks the MP4's top-level boxes: a file cut short ends inside one. */
function requireWholeVideo(path: string, file: PortalFile | undefined): void {
  if (!file) throw new Error(`${path} is missing`)
  const { bytes } = file
  let at = 0
  const kinds: string[] = []
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at)
    kinds.push(bytes.toString('latin1', at + 4, at + 8))
    // 0 = to the end of the file; 1 = a 64-bit size, which no 30-second clip needs.
    if (size === 0) at = bytes.length
    else if (size < 8) throw new Error(`${path} is damaged`)
    else at += size
  }
  if (at !== bytes.length || kinds[0] !== 'ftyp' || !kinds.includes('moov') || !kinds.includes('mdat'))
    throw new Error(`${path} is damaged`)
}

function inlineHashes(pages: string[]): Portal['inline'] {
  const scripts = new Set<string>()
  const styles = new Set<string>()
  for (const html of pages) {
    for (const [, attributes = '', code = ''] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
      if (!/\bsrc=/.test(attributes)) scripts.add(hashSource(code))
    }
    for (const [, code = ''] of html.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/g)) styles.add(hashSource(code))
  }
  return { scripts: [...scripts], styles: [...styles] }
}

const hashSource = (code: string): string => `'sha256-${createHash('sha256').update(code).digest('base64')}'`
