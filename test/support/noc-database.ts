/** The platform's database as the NOC needs it, in memory: what people decide is not what these tests are about. */
import { openDatabase, type Database } from '#central/platform/db/database.ts'
import { prepareDatabase } from '#central/prepare.ts'

export async function nocDatabase(): Promise<Database> {
  const database = await openDatabase({ file: ':memory:' })
  await prepareDatabase(database)
  return database
}
