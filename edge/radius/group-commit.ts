/**
 * Many records, one wait for the disk. What came in during one turn of the event loop is written in one transaction; while
 * the disk makes that durable, in another thread, the next records gather and logins go on being answered. Nobody is told
 * `durable` before the disk has said so.
 */

/** Records waiting for their commit; beyond it the box is drowning and the access point had better ask again. */
const WAITING_MAX = 8192
/** One transaction's worth: some 10 ms, which is how long a visitor's page may have to wait for it. */
const COMMIT_RECORDS_MAX = 512

export type Committed = 'durable' | 'failed'

export type Disk<R> = {
  /** Written, so that a read sees it, but not yet on the disk. False: nothing of it was written. */
  write(records: readonly R[]): boolean
  /** Everything written before is on the disk, or it is not known to be. */
  sync(done: (isDurable: boolean) => void): void
  /** The same, waited for. */
  syncNow(): boolean
}

export type GroupCommit<R> = {
  /** False: refused, too much is waiting. Else `done` is called once. */
  submit(record: R, done: (outcome: Committed) => void): boolean
  /** Commits what waits, and tells. */
  close(): void
}

type Waiting<R> = { record: R; done: (outcome: Committed) => void }

export function groupCommit<R>({ write, sync, syncNow }: Disk<R>): GroupCommit<R> {
  let waiting: Waiting<R>[] = []
  /** Written, and on its way to the disk. */
  let underWay: Waiting<R>[] = []
  let scheduled: NodeJS.Immediate | undefined

  const tell = (batch: readonly Waiting<R>[], outcome: Committed): void => {
    for (const { done } of batch) done(outcome)
  }
  const takeUnderWay = (): Waiting<R>[] => {
    const batch = underWay
    underWay = []
    return batch
  }
  /** False when the batch could not even be written; then it has been told. */
  const writeBatch = (): boolean => {
    const batch = waiting.splice(0, COMMIT_RECORDS_MAX)
    const isWritten = write(batch.map(({ record }) => record))
    if (isWritten) underWay = batch
    else tell(batch, 'failed')
    return isWritten
  }
  const schedule = (): void => {
    if (waiting.length > 0 && underWay.length === 0) scheduled ??= setImmediate(flush)
  }
  const flush = (): void => {
    scheduled = undefined
    if (waiting.length === 0 || underWay.length > 0) return
    if (writeBatch()) {
      const mine = underWay
      sync((isDurable) => {
        // At the end the same batch was waited for already.
        if (underWay !== mine) return
        tell(takeUnderWay(), isDurable ? 'durable' : 'failed')
        schedule()
      })
    } else schedule()
  }

  return {
    submit(record, done) {
      if (waiting.length >= WAITING_MAX) return false
      waiting.push({ record, done })
      schedule()
      return true
    },
    close() {
      if (scheduled) clearImmediate(scheduled)
      if (underWay.length > 0) tell(takeUnderWay(), syncNow() ? 'durable' : 'failed')
      while (waiting.length > 0) if (writeBatch()) tell(takeUnderWay(), syncNow() ? 'durable' : 'failed')
    },
  }
}
