/** The text of a database's tables and indexes, as SQLite itself keeps it: one flipped bit in it renames a column. */
import Database from 'better-sqlite3'

export const schemaOf = (db: Database.Database): string =>
  (db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name, sql').pluck().all() as string[]).join(';')

export function schemaMadeBy(statements: readonly string[]): string {
  const db = new Database(':memory:')
  try {
    for (const statement of statements) db.exec(statement)
    return schemaOf(db)
  } finally {
    db.close()
  }
}
