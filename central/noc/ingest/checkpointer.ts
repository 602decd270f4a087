/**
 * Moves SQLite's log into the file beside the process's own thread: there it was a quarter of what a record of a drain took,
 * most of it waiting for the disk. Nothing depends on it: a commit is durable in the log, and when this falls behind or
 * cannot work (a full disk) the store's own limit on the log does the same in its own thread.
 */
import { Worker } from 'node:worker_threads'

/** Some 8 MB of log. Quiet days never get there before the store's own limit, and pay for no second thread. */
const ROWS_BETWEEN = 10_000

export type Checkpointer = {
  /** After each commit. */
  committed(rows: number): void
  close(): Promise<void>
}

export function createCheckpointer(file: string): Checkpointer {
  let rows = 0
  let worker: Worker | undefined
  let broken = false

  function open(): Worker {
    const opened = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: { file } })
    opened.unref()
    opened.once('error', () => {
      broken = true
      worker = undefined
    })
    return opened
  }

  return {
    committed(count) {
      rows += count
      if (rows < ROWS_BETWEEN || broken) return
      rows = 0
      worker ??= open()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of ours, not a window
      worker.postMessage('checkpoint')
    },
    async close() {
      broken = true
      await worker?.terminate()
    },
  }
}
