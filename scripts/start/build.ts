/** Builds the screens, the box's programs and the film when their sources changed since the last time. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import { freshProgram } from '#provisioning/package/programs.ts'
import { CannotStart } from './preflight.ts'
import { step } from './progress.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const stampFile = join(root, '.cache', 'screens.sha256')

const SOURCES = [
  'portal',
  'central/web',
  'central/noc',
  'central/modules',
  'central/platform',
  'edge/wire',
  'package.json',
  'package-lock.json',
]
const RESULTS = ['portal/dist/render.js', 'central/web/dist/index.html']

export async function buildScreens(): Promise<void> {
  buildBox()
  const sum = sourcesSum()
  const built = RESULTS.every((file) => existsSync(join(root, file))) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sum
  if (built) return
  await step('Building the screens', async () => {
    await tool('npm', ['run', '--silent', 'build'], 'The screens could not be built')
    mkdirSync(dirname(stampFile), { recursive: true })
    writeFileSync(stampFile, sum)
  })
}

/** @returns false where there is no film and no ffmpeg to make it: the portal then shows its text, which is said to the person. */
export async function makeFilm(): Promise<boolean> {
  const present = await run('ffmpeg', ['-version']).then(
    () => true,
    () => false,
  )
  const made = existsSync(join(root, 'portal/dist/content/clip.json'))
  if (!present) return made
  const make = () => tool(process.execPath, [join(root, 'scripts', 'make-clip.ts')], 'The film could not be made')
  // It compares its sources with the last film's and is done at once when nothing changed.
  await (made ? make() : step('Making the 30-second film (once)', make))
  return true
}

/** Looks at its sources by itself, file by file, and is done at once when none changed. */
function buildBox(): void {
  try {
    freshProgram('edge')
  } catch (cause) {
    throw new CannotStart(`The box's programs could not be built: ${wordsOf(cause)}`)
  }
}

async function tool(command: string, argv: string[], failure: string): Promise<void> {
  try {
    await run(command, argv, { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  } catch (cause) {
    throw new CannotStart(`${failure}: ${wordsOf(cause)}`)
  }
}

function wordsOf(cause: unknown): string {
  const output = String((cause as { stderr?: string | Buffer }).stderr ?? '')
  return output.trim().split('\n').slice(-3).join(' · ') || String(cause)
}

function sourcesSum(): string {
  const hash = createHash('sha256')
  for (const source of SOURCES) addTo(hash, source)
  return hash.digest('hex')
}

function addTo(hash: ReturnType<typeof createHash>, path: string): void {
  const full = join(root, path)
  if (/\.\w+$/.test(path)) {
    hash.update(path).update(readFileSync(full))
    return
  }
  for (const entry of readdirSync(full, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'dist' || entry.name.startsWith('.')) continue
    if (entry.isDirectory() || /\.\w+$/.test(entry.name)) addTo(hash, posix.join(path, entry.name))
  }
}
