/** The thread of checkpointer.ts. Waits for nobody: what a writer or reader holds back stays in the log until the next time. */
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

const { file } = workerData as { file: string }
const db = new Sqlite(file, { fileMustExist: true })
// As on every open: what is moved is on disk before the log may begin anew.
db.pragma('synchronous = FULL')
db.pragma('wal_autocheckpoint = 0')

parentPort?.on('message', () => {
  try {
    db.pragma('wal_checkpoint(PASSIVE)')
  } catch {
    // A full disk, or a lock: the log keeps what it has, and the store's own limit on it speaks up.
  }
})
