/**
 * The same server as a process of its own, to be killed and measured.
 * argv: state folder, then `records` or `refuses` (a recorder whose disk is full). Nothing is too fast for it.
 * Answers 'look' over IPC with its counters and memory.
 */
import { startBox } from './box.ts'

const [, , stateDir, recorder] = process.argv
const { radius } = await startBox({
  stateDir: stateDir!,
  rateLimit: { perSecond: 1e6, burst: 1e6, sourcesMax: 1000 },
  ...(recorder === 'refuses' && {
    recorder: {
      record: () => {
        throw new Error('disk full')
      },
      eventDelivered: () => false,
    },
  }),
})
process.on('message', () => process.send!(look()))
process.on('disconnect', () => process.exit(0))
process.send!(look())

function look(): BoxLook {
  return {
    authPort: radius.authPort,
    acctPort: radius.acctPort,
    counters: radius.counters(),
    rssOctets: process.memoryUsage.rss(),
    cpu: process.cpuUsage(),
  }
}

export type BoxLook = {
  authPort: number
  acctPort: number
  counters: ReturnType<typeof radius.counters>
  rssOctets: number
  cpu: NodeJS.CpuUsage
}
