import type { FastifyPluginAsync } from 'fastify'
import type { Db } from '../db/database.ts'
import type { Migration } from '../db/migrate.ts'
import type { Files } from '../files/store.ts'
import type { CaseAccess } from './access.ts'
import type { Kernel } from './kernel.ts'

/** What a government module is to the rest of central. */
export type GovernmentModule<Running extends RunningModule = RunningModule> = {
  id: string
  title: string
  migrations: readonly Migration[]
  /** Adds what is missing and changes nothing that is there. */
  seed(db: Db): Promise<void>
  access: CaseAccess
  start(deps: { kernel: Kernel; files: Files }): Running
}

export type RunningModule = {
  routes: FastifyPluginAsync
  /** Work of the clock, run now and then: what the law wants forgotten, what has become due. */
  tidy(): Promise<void>
}
