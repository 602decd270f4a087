/** Tells the NOC when the packet filter cannot be enforced, and when it can again. */
import type { GateState } from '../gate/port.ts'
import type { Notices } from '../telemetry/port.ts'

/** The gate and the edge start together; until its table is in place there is nothing to tell. */
const START_MILLISECONDS = 10_000

export function gateNotices(notices: Notices, state: () => GateState, startMilliseconds = START_MILLISECONDS) {
  let listening = false
  let failed = false
  const look = () => {
    if (!listening || failed === (state() === 'failed')) return
    failed = !failed
    notices.tell(failed ? 'gate-failed' : 'gate-back')
  }
  const timer = setTimeout(() => {
    listening = true
    look()
  }, startMilliseconds).unref()
  return {
    changed: look,
    /** Before the gate is left: from then on its absence means nothing. */
    close(): void {
      clearTimeout(timer)
      listening = false
    },
  }
}
