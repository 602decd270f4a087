/** Content-addressed photos: the name is the SHA-256 of what is stored, so a file can neither change nor be overwritten. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { visibleTo, type CaseAccess } from '../cases/access.ts'
import type { Database, Db, Trx } from '../db/database.ts'
import type { Caller } from '../policy/port.ts'
import { reencode, rendition, type ImageOutcome } from './images.ts'

export type StoredFile = { sha256: string; width: number; height: number; octets: number }
export type Files = ReturnType<typeof createFiles>

const SHA256 = /^[0-9a-f]{64}$/

export function createFiles(deps: { folder: string; database: Database; access: readonly CaseAccess[]; now: () => number }) {
  const { folder, database, access, now } = deps
  const pathOf = (sha256: string) => {
    if (!SHA256.test(sha256)) throw new Error('not a SHA-256')
    return join(folder, sha256.slice(0, 2), `${sha256}.jpg`)
  }
  return {
    async store(original: Buffer, userId: number): Promise<{ ok: true; file: StoredFile } | Extract<ImageOutcome, { ok: false }>> {
      const outcome = await reencode(original)
      if (!outcome.ok) return outcome
      const { jpeg, width, height } = outcome.image
      const sha256 = createHash('sha256').update(jpeg).digest('hex')
      await writeDurably(pathOf(sha256), jpeg)
      const file = { sha256, width, height, octets: jpeg.length }
      await database.transaction((trx) => recordUpload(trx, file, userId, now()))
      return { ok: true, file }
    },
    /** The photo, when the caller uploaded it or may see a case it belongs to. */
    async read(sha256: string, caller: Caller): Promise<Buffer | null> {
      return SHA256.test(sha256) && (await mayRead(database.db, sha256, caller, access)) ? readFile(pathOf(sha256)) : null
    },
    /** For the visitor's portal; the case decides what is sent, so nobody is asked. */
    async small(sha256: string): Promise<Buffer> {
      return rendition(await readFile(pathOf(sha256)))
    },
  }
}

async function recordUpload(trx: Trx, file: StoredFile, userId: number, at: number): Promise<void> {
  await trx
    .insertInto('files')
    .values({ ...file, mime: 'image/jpeg', createdAt: at })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute()
  await trx
    .insertInto('fileUploads')
    .values({ sha256: file.sha256, userId, at })
    .onConflict((conflict) => conflict.columns(['sha256', 'userId']).doNothing())
    .execute()
}

async function mayRead(db: Db, sha256: string, caller: Caller, access: readonly CaseAccess[]): Promise<boolean> {
  if (await uploadedBy(db, sha256, caller.userId)) return true
  const seen = await db
    .selectFrom('caseFiles')
    .innerJoin('cases', 'cases.id', 'caseFiles.caseId')
    .select('cases.id')
    .where('caseFiles.sha256', '=', sha256)
    .where(visibleTo(caller, access))
    .executeTakeFirst()
  return seen !== undefined
}

/** Only one's own upload may be attached: knowing a hash is not having the photo. */
export async function uploadedBy(db: Db, sha256: string, userId: number): Promise<boolean> {
  const row = await db
    .selectFrom('fileUploads')
    .select('sha256')
    .where('sha256', '=', sha256)
    .where('userId', '=', userId)
    .executeTakeFirst()
  return row !== undefined
}

export async function attachFile(trx: Trx, sha256: string, caseId: number, at: number): Promise<void> {
  await trx
    .insertInto('caseFiles')
    .values({ sha256, caseId, at })
    .onConflict((conflict) => conflict.columns(['sha256', 'caseId']).doNothing())
    .execute()
}

/** Written aside, synced, renamed, folder synced: after a power cut the file is whole or absent. */
async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const aside = join(folder, `.${randomBytes(8).toString('hex')}.part`)
  try {
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(aside, path)
    const parent = await open(folder, 'r')
    try {
      await parent.sync()
    } finally {
      await parent.close()
    }
  } catch (error) {
    await unlink(aside).catch(() => undefined)
    throw error
  }
}
