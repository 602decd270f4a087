/**
 * Makes the programs a box runs: node provisioning/package/bundle.ts  ->  provisioning/dist/edge.js and gate.js.
 * Bundled because Node keeps 18 MB per process to strip types while running, and each of 1,100 small files costs memory
 * and start-up besides. Names stay as written, so that a stack trace reads; the native modules stay outside.
 */
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build } from 'vite'
import { diet } from './diet.ts'
import { BOX_FOLDER, BOX_PROGRAMS, NATIVE, ROOT, sourcesSum, writeSources } from './programs.ts'

/** What shapes the programs beside the files they are made of. */
const RECIPE = ['bundle.ts', 'diet.ts', 'programs.ts'].map((file) => join(import.meta.dirname, file))

async function bundleBox(): Promise<void> {
  // Made aside and moved into place: whoever starts a program meanwhile gets a whole one.
  const aside = join(BOX_FOLDER, `.new-${process.pid}`)
  const sources = new Set([...RECIPE, join(ROOT, 'package-lock.json')])
  const began = Date.now()
  try {
    mkdirSync(aside, { recursive: true })
    for (const [name, entry] of Object.entries(BOX_PROGRAMS)) {
      for (const file of await bundle(join(ROOT, entry), join(aside, `${name}.js`))) sources.add(file)
    }
    const files = [...sources].map((file) => relative(ROOT, file)).toSorted()
    const sum = sourcesSum(files)
    for (const name of Object.keys(BOX_PROGRAMS)) renameSync(join(aside, `${name}.js`), join(BOX_FOLDER, `${name}.js`))
    // What somebody saved meanwhile may or may not be in there: it is not written down, and made again next time.
    if (files.every((file) => statSync(join(ROOT, file)).mtimeMs < began)) writeSources({ files, sum })
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

/** @returns the project's own files that went into it. */
async function bundle(entry: string, outFile: string): Promise<string[]> {
  const result = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: diet(),
    ssr: { noExternal: true, external: NATIVE },
    build: {
      ssr: entry,
      target: 'node24',
      minify: false,
      write: false,
      rollupOptions: { output: { format: 'es', comments: false, codeSplitting: false } },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new Error(`${entry}: one bundle was expected`)
  const [program, ...others] = result.output
  if (others.length > 0) throw new Error(`${entry}: one file was expected, also got ${others.map(({ fileName }) => fileName).join(', ')}`)
  writeFileSync(outFile, program.code)
  return program.moduleIds.filter((id) => id.startsWith(ROOT) && !id.includes('/node_modules/'))
}

await bundleBox()
