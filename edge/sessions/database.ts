import type Database from 'better-sqlite3'
import { join } from 'node:path'
import { openDatabase } from '../storage/database.ts'
import { MIGRATIONS } from './migrations.ts'

/** A wait of half a minute begins anew; last_client_id and last_day follow from what is there. */
const SALVAGED = ['grants', 'daily_use', 'last_day', 'voucher_holders', 'tickets', 'ticket_latest', 'ticket_steps']

export type VisitorDatabase = Database.Database

/** Opens `visitors.db`: who waits, who is online, where tickets stand. Set aside and begun anew when it is damaged. */
export const openVisitorDatabase = (stateDir: string, log: (line: string) => void): VisitorDatabase =>
  openDatabase({ file: join(stateDir, 'visitors.db'), migrations: MIGRATIONS, log, salvaged: SALVAGED })
