/** The authority of a city whose books are at hand: a lost one is not quietly replaced by a new one that no box believes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StartProblem } from '../platform/db/newer.ts'
import { openAuthority, type Authority } from './authority.ts'
import { AUTHORITY_KEY_FILE } from './authority-key.ts'
import type { CertificateStore } from './certificates.ts'

/** @throws StartProblem when certificates were issued and the key that issued them is not here. */
export async function openCityAuthority(folder: string, store: CertificateStore): Promise<Authority> {
  if (!existsSync(join(folder, AUTHORITY_KEY_FILE)) && (await store.hasCertificates())) {
    throw new StartProblem(
      `The database knows certificates of boxes, and ${folder} has lost the authority that issued them: restore it from the backup. A new one would shut every box out.`,
    )
  }
  return openAuthority(folder)
}
