/** What everything else on the box stands on: where its state rests, the time, the records, and the names devices go by outside. */
import { join } from 'node:path'
import type { EdgeConfig } from '../config.ts'
import { systemNow, type Now } from '../sessions/moment.ts'
import { openStateFolder } from '../storage/state-folder.ts'
import { openBoxClock, type BoxClock } from '../telemetry/clock.ts'
import { openGenerations } from '../telemetry/generations.ts'
import { createNotices, type NoticeBoard } from '../telemetry/notices.ts'
import type { Outbox } from '../telemetry/outbox.ts'
import type { Notices } from '../telemetry/port.ts'
import { openPseudonyms } from '../telemetry/pseudonym.ts'
import { VERSION } from '../version.ts'
import type { Closing } from './closing.ts'
import { noteRun } from './start-reason.ts'

export type Log = (line: string) => void

export type Ground = {
  log: Log
  closing: Closing
  /** Where databases, keys and settings rest. */
  statePath: string
  /** That is in memory: what is kept there is gone with the power. */
  inMemory: boolean
  /** False while that is in memory, or the disk takes nothing. */
  storage: () => boolean
  clock: BoxClock
  clockTrusted: () => boolean
  /** For what is counted on the kernel's monotonic clock. */
  now: Now
  outbox: Outbox
  notices: Notices
  pseudonym: (mac: string) => string
}

/** A clock that shows a time after this software was written has been set by somebody; one of 1970 has not. */
const SURELY_PAST = Date.UTC(2026, 0, 1)

type GroundConfig = { config: Pick<EdgeConfig, 'stateDir' | 'memoryDir' | 'telemetry'>; refused?: string }

export async function openGround({ config, refused }: GroundConfig, closing: Closing, log: Log): Promise<Ground> {
  const state = openStateFolder({ stateDir: config.stateDir, memoryDir: config.memoryDir, log })
  const clock = await openBoxClock()
  closing.later(() => clock.close())
  const outbox = openGenerations({
    folder: state.path,
    continues: state.trouble !== undefined,
    bytesMax: state.outboxBytesMax(config.telemetry.outboxBytesMax),
    groupSeconds: config.telemetry.groupSeconds,
    now: clock.now,
    clockTrust: clock.trust,
    log,
    onRefusal: (refusal) =>
      notices.tell(refusal === undefined ? 'storage-back' : 'storage-failed', refusal === undefined ? {} : { detail: refusal }),
  })
  closing.later(() => outbox.close())
  const notices: NoticeBoard = createNotices({ recorder: outbox })
  closing.later(() => notices.close())
  const now = systemNow()
  const run = noteRun(join(state.path, 'last-run.json'), { boot: now().boot, version: VERSION })
  closing.later(() => run.stopped())

  let newNames = ''
  const pseudonym = openPseudonyms(join(state.path, 'pseudonym.key'), {
    onNewNames(why) {
      log(`EVERY DEVICE HAS A NEW NAME: ${why}. Visitors, their use of today and who holds a voucher are counted anew.`)
      newNames = `; every device has a new name: ${why}`
    },
  })

  notices.tell('start', { detail: run.reason + newNames })
  if (state.trouble !== undefined) notices.tell('storage-failed', { detail: state.trouble })
  if (state.isBack) notices.tell('storage-back')
  if (refused !== undefined) notices.tell('config-refused', { detail: refused })
  return {
    log,
    closing,
    statePath: state.path,
    inMemory: state.trouble !== undefined,
    storage: () => state.trouble === undefined && outbox.isWritable(),
    clock,
    clockTrusted: () => clock.trust() !== 'none' || Date.now() > SURELY_PAST,
    now,
    outbox,
    notices,
    pseudonym,
  }
}
