/** Reads the numbered .sql files of one dialect; the stores apply those they have not applied yet, in order. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type SqlMigration = { name: string; sql: string }

export function sqlMigrations(dialect: 'sqlite' | 'postgres'): SqlMigration[] {
  const folder = join(import.meta.dirname, 'migrations', dialect)
  const files = readdirSync(folder).filter((file) => /^\d{3}-[a-z0-9-]+\.sql$/.test(file))
  return files.sort().map((file) => ({ name: file.slice(0, -4), sql: readFileSync(join(folder, file), 'utf8') }))
}
