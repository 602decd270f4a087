import { execFile } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RenderPage } from '#edge/wire/page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RENDER = `${ROOT}portal/dist/render.js`
const ISLAND = `${ROOT}portal/dist/assets/island.js`
/** Two Vite builds take seconds; this is for a machine that is busy with everything else. */
const BUILD_MS_MAX = 180_000

type Built = { render: RenderPage; inlineStyleHashes: string[]; islandFile: string }

/** The portal as the box loads it, built first when any source is newer. */
export async function builtPortal(): Promise<Built> {
  const sources = globSync(
    ['portal/*.{ts,tsx,css}', 'portal/{look,pages,styles,words}/*', 'portal/content/news.json', 'edge/wire/page.ts'],
    {
      cwd: ROOT,
    },
  )
  const newest = Math.max(...sources.map((file) => statSync(ROOT + file).mtimeMs))
  const oldest = Math.min(...[RENDER, ISLAND].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0))
  if (oldest < newest) {
    for (const config of ['portal/vite.config.ts', 'portal/vite.island.config.ts']) {
      await promisify(execFile)(process.execPath, [`${ROOT}node_modules/vite/bin/vite.js`, 'build', '--config', config], {
        cwd: ROOT,
        timeout: BUILD_MS_MAX,
      })
    }
  }
  const portal = (await import(`${RENDER}?${statSync(RENDER).mtimeMs}`)) as Omit<Built, 'islandFile'>
  return { render: portal.render, inlineStyleHashes: portal.inlineStyleHashes, islandFile: ISLAND }
}
