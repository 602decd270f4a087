/** A whole central in one process for tests: real database, real routes, no listening socket unless the test asks. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { buildApp } from '#central/app.ts'
import { createCentral, type Central } from '#central/central.ts'
import { prepareDatabase } from '#central/prepare.ts'
import type { Caller } from '#central/platform/policy/port.ts'
import type { Database } from '#central/platform/db/database.ts'
import { positionsOf } from '#central/platform/accounts/store.ts'
import { createAdminCode, invite, redeemCode } from '#central/platform/accounts/invitations.ts'
import { setPassword } from '#central/platform/accounts/sign-in.ts'
import { dayInCity } from '#central/platform/calendar/days.ts'
import type { ReceivedComplaint } from '#central/modules/complaints/api.ts'

export { prepareDatabase }

export const PASSWORD = 'tujuh-gunung-berlayar'

export type Clock = { now: number }
/** A working Friday morning in Madiun: 13 March 2026, 09:00 WIB. */
export const FRIDAY = Date.parse('2026-03-13T02:00:00Z')

export type Parts = Central & { database: Database; clock: Clock; dataDir: string; forget: () => void }

export function centralOn(database: Database, at = FRIDAY): Parts {
  const dataDir = mkdtempSync(join(tmpdir(), 'broadband-city-central-'))
  const clock = { now: at }
  const parts = createCentral({
    database,
    dataDir,
    now: () => clock.now,
    onError: (error) => {
      throw error
    },
  })
  return { ...parts, database, clock, dataDir, forget: () => rmSync(dataDir, { recursive: true, force: true }) }
}

export function appOn(parts: Parts, publicUrl: string | null = null): Promise<FastifyInstance> {
  return buildApp({
    kernel: parts.kernel,
    files: parts.files,
    modules: [parts.complaints],
    noc: null,
    live: parts.live,
    publicUrl,
    trustProxy: [],
    webRoot: join(parts.dataDir, 'no-web'),
    log: false,
  })
}

export async function positionId(database: Database, name: string): Promise<number> {
  const row = await database.db.selectFrom('positions').select('id').where('name', '=', name).executeTakeFirstOrThrow()
  return row.id
}

export async function opdId(database: Database, short: string): Promise<number> {
  const row = await database.db.selectFrom('opd').select('id').where('short', '=', short).executeTakeFirstOrThrow()
  return row.id
}

let people = 0
/** A person invited to a position who has set their password, and who they are to the kernel. */
export async function person(parts: Parts, position: string): Promise<Caller & { username: string }> {
  people += 1
  const username = `orang${people}`
  const { database, clock } = parts
  const id = await positionId(database, position)
  const invited = await invite(database, {
    positionId: id,
    name: `Orang ${people}`,
    username,
    byUserId: 0,
    byPositionId: null,
    at: clock.now,
  })
  if (!invited.ok) throw new Error(invited.reason)
  return { ...(await activate(parts, invited.invited.code)), username }
}

export async function admin(parts: Parts): Promise<Caller & { username: string }> {
  const { code } = await createAdminCode(parts.database, parts.clock.now)
  return { ...(await activate(parts, code, 'pengelola')), username: 'pengelola' }
}

async function activate(parts: Parts, code: string, username?: string): Promise<Caller> {
  const { database, clock } = parts
  const redeemed = await redeemCode(database, { typed: code, userAgent: 'test', at: clock.now })
  if (!redeemed) throw new Error('the code was refused')
  const { userId } = redeemed
  const set = await setPassword(database, { userId, byCode: true, username, password: PASSWORD, userAgent: 'test', at: clock.now })
  if (!set.ok) throw new Error(set.reason)
  return callerOf(parts, userId)
}

/** As the session hook would see the person now. */
export async function callerOf(parts: Parts, userId: number): Promise<Caller> {
  const positions = await positionsOf(parts.database.db, userId, dayInCity(parts.clock.now))
  return { userId, name: '', positions }
}

let tickets = 0
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export function arrival(change: Partial<ReceivedComplaint> = {}): ReceivedComplaint {
  tickets += 1
  const tail = LETTERS[Math.floor(tickets / LETTERS.length) % LETTERS.length]! + LETTERS[tickets % LETTERS.length]!
  return {
    code: `KLGN-AB${tail}`,
    category: 'lampu',
    text: 'Lampu jalan di depan balai RT mati sejak tiga malam.',
    contact: '0812 3456 7890',
    anonymous: false,
    language: 'id',
    at: FRIDAY,
    hotspot: {
      node: 'klegen-rt03',
      name: 'Balai RT 03 Klegen',
      kelurahan: '35.77.01.1003',
      kelurahanName: 'Klegen',
      lat: -7.629,
      lon: 111.537,
    },
    telemetry: { health: null, usage: [] },
    ...change,
  }
}

export type Browser = {
  cookie: string
  get(url: string): Promise<LightMyRequestResponse>
  post(url: string, payload?: object, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  delete(url: string): Promise<LightMyRequestResponse>
}

/** Keeps the session cookie as a browser would. */
export function browser(app: FastifyInstance, remoteAddress = '10.0.0.1'): Browser {
  const send = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, headers: Record<string, string> = {}) => {
    const response = await app.inject({
      method,
      url,
      remoteAddress,
      headers: { host: 'kota.test', ...(self.cookie && { cookie: self.cookie }), ...headers },
      ...(payload && { payload }),
    })
    const set = response.headers['set-cookie']
    const line = Array.isArray(set) ? set[0] : set
    if (line) self.cookie = line.split(';')[0]!
    return response
  }
  const self: Browser = {
    cookie: '',
    get: (url) => send('GET', url),
    post: (url, payload = {}, headers = {}) => send('POST', url, payload, { origin: 'http://kota.test', ...headers }),
    delete: (url) => send('DELETE', url, undefined, { origin: 'http://kota.test' }),
  }
  return self
}

export async function signedInAs(app: FastifyInstance, username: string, remoteAddress?: string): Promise<Browser> {
  const person = browser(app, remoteAddress)
  const response = await person.post('/api/sign-in', { username, password: PASSWORD })
  if (response.statusCode !== 200) throw new Error(`sign-in: ${response.statusCode} ${response.body}`)
  return person
}
