/** Notices within milliseconds when somebody flushes or edits the packet filter, by listening to the kernel's own notices. */
import { spawn, type ChildProcess } from 'node:child_process'

/** nft restarted in a hurry would only burn the processor. */
const RESTART_MS = 500

/** Our own transactions come as many lines; one look at the end of them is enough. */
const QUIET_MS = 30

export function watchRuleset(onChange: () => void): { close(): void } {
  let child: ChildProcess | undefined
  let restart: NodeJS.Timeout | undefined
  let quiet: NodeJS.Timeout | undefined
  let closed = false

  function noticed(): void {
    quiet ??= setTimeout(() => {
      quiet = undefined
      onChange()
    }, QUIET_MS)
  }

  function start(): void {
    child = spawn('nft', ['monitor', 'rules'], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout?.on('data', noticed)
    child.on('error', () => {})
    child.on('close', () => {
      if (closed) return
      // Whatever happened while nobody listened is looked at too.
      noticed()
      restart = setTimeout(start, RESTART_MS)
    })
  }

  start()
  return {
    close() {
      closed = true
      clearTimeout(restart)
      clearTimeout(quiet)
      child?.kill('SIGTERM')
    },
  }
}
