/** The programs of a box, as bundle.ts makes them; made anew when a file they consist of changed, so that what runs is what is there. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')
export const BOX_FOLDER = join(ROOT, 'provisioning', 'dist')

export const BOX_PROGRAMS = { edge: 'edge/main.ts', gate: 'edge/gate/daemon.ts' }
export type BoxProgram = { name: keyof typeof BOX_PROGRAMS; file: string }

/** Beside the programs: addons find their binary beside their own package.json. */
export const NATIVE = ['better-sqlite3', 'koffi']

/** Paths from the project's folder, and the hash of what was in them. */
type Sources = { files: string[]; sum: string }

const sourcesFile = join(BOX_FOLDER, 'sources.json')
const programFile = (name: string): string => join(BOX_FOLDER, `${name}.js`)

/**
 * Looking takes some milliseconds, making two seconds, in which the caller waits.
 * @throws with the bundler's words when it must be made and cannot be.
 */
export function freshProgram(name: BoxProgram['name']): BoxProgram {
  if (!isFresh()) execFileSync(process.execPath, [join(import.meta.dirname, 'bundle.ts')], { stdio: ['ignore', 'ignore', 'pipe'] })
  return { name, file: programFile(name) }
}

function isFresh(): boolean {
  if (![sourcesFile, ...Object.keys(BOX_PROGRAMS).map(programFile)].every((file) => existsSync(file))) return false
  const { files, sum } = JSON.parse(readFileSync(sourcesFile, 'utf8')) as Sources
  return files.every((file) => existsSync(join(ROOT, file))) && sourcesSum(files) === sum
}

export function sourcesSum(files: string[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

export function writeSources(sources: Sources): void {
  const aside = `${sourcesFile}.${process.pid}`
  writeFileSync(aside, JSON.stringify(sources))
  renameSync(aside, sourcesFile)
}
