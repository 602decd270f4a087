#!/usr/bin/env node
/** Prepares central before its first start: tables, the city's data, and the one-time code for the first administrator. */
import { join } from 'node:path'
import { CONFIG_HELP, readConfig, type ReadConfig } from './config.ts'
import { createAdminCode, hasAdmin } from './platform/accounts/invitations.ts'
import { openDatabase } from './platform/db/database.ts'
import { prepareDatabase } from './prepare.ts'
import { startProblem } from './start-problem.ts'

const HELP = `Prepares central's database and prints a one-time admin code while nobody is administrator yet.

Usage: node central/setup.ts [options]

${CONFIG_HELP}
  --admin-code          make a code even when there is an administrator (recovery)
  --json                print JSON
  --help                this text`

export type SetupResult = { admin: 'present' | 'missing'; adminCode: string | null; expiresAt: number | null }

async function setup(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  const read = readConfig(argv, env)
  if (!read.ok) {
    process.stderr.write(`setup: ${read.problem}\n`)
    return 1
  }
  if (read.flags.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  try {
    await prepare(read)
    return 0
  } catch (error) {
    process.stderr.write(`setup: ${startProblem(error)}\n`)
    return 1
  }
}

async function prepare(read: Extract<ReadConfig, { ok: true }>): Promise<void> {
  const database = await openDatabase({ url: read.secrets.databaseUrl, file: join(read.config.dataDir, 'city.db') })
  try {
    await prepareDatabase(database)
    const now = Date.now()
    const present = await hasAdmin(database.db, now)
    const made = !present || read.flags.adminCode ? await createAdminCode(database, now) : null
    const result: SetupResult = {
      admin: present ? 'present' : 'missing',
      adminCode: made?.code ?? null,
      expiresAt: made?.expiresAt ?? null,
    }
    process.stdout.write(read.flags.json ? `${JSON.stringify(result)}\n` : inWords(result))
  } finally {
    await database.close()
  }
}

function inWords({ adminCode, expiresAt }: SetupResult): string {
  if (adminCode === null || expiresAt === null) return 'The database is ready. An administrator is there already.\n'
  return `The database is ready.\nOne-time admin code: ${adminCode} (until ${new Date(expiresAt).toISOString()})\n`
}

if (import.meta.main) process.exitCode = await setup(process.argv.slice(2), process.env)
