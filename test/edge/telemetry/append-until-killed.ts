/** A box process that writes events and says each seq only after `record` has returned. Ended from outside, by SIGKILL. */
import { writeSync } from 'node:fs'
import { openOutbox } from '#edge/telemetry/outbox.ts'

const outbox = openOutbox({ file: process.argv[2]!, bytesMax: 8 * 1024 * 1024, groupSeconds: 60 })
for (let i = 0; ; i++) {
  if (i % 3 === 0)
    outbox.record('usage', { seconds: 60, online: i % 50, waiting: 0, upOctets: i, downOctets: i, admitted: 0, portalPages: 0 })
  writeSync(1, `${outbox.record('receipt', { message: `m-${i}` })}\n`)
}
