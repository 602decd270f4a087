/** Notices within milliseconds when somebody flushes or edits the packet filter, by listening to the kernel's own notices. */
import { spawn, type ChildProcess } from 'node:child_process'

/** A tool restarted in a hurry would only burn the processor. */
const RESTART_MS = 500

/** Our own transactions come as many lines; one look at the end of them is enough. */
const QUIET_MS = 30

/** Rules of the packet filter, and the routing rules that shut the LAN without it. */
const LISTENERS = [
  { tool: 'nft', args: ['monitor', 'rules'] },
  { tool: 'ip', args: ['monitor', 'rule'] },
]

export function watchRuleset(onChange: () => void): { close(): void } {
  const children = new Map<string, ChildProcess>()
  const restarts = new Map<string, NodeJS.Timeout>()
  let quiet: NodeJS.Timeout | undefined
  let closed = false

  function noticed(): void {
    quiet ??= setTimeout(() => {
      quiet = undefined
      onChange()
    }, QUIET_MS)
  }

  function start({ tool, args }: (typeof LISTENERS)[number]): void {
    const child = spawn(tool, args, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'pipe', 'ignore'] })
    children.set(tool, child)
    child.stdout?.on('data', noticed)
    child.on('error', () => {})
    child.on('close', () => {
      if (closed) return
      // Whatever happened while nobody listened is looked at too.
      noticed()
      restarts.set(
        tool,
        setTimeout(() => start({ tool, args }), RESTART_MS),
      )
    })
  }

  LISTENERS.forEach(start)
  return {
    close() {
      closed = true
      restarts.forEach((timer) => clearTimeout(timer))
      clearTimeout(quiet)
      children.forEach((child) => child.kill('SIGTERM'))
    },
  }
}
