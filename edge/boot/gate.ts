/** The way to the packet filter, and who hears of it. */
import type { EdgeConfig } from '../config.ts'
import { noFirewallGate } from '../gate/absent.ts'
import { connectGate } from '../gate/client.ts'
import type { Gate } from '../gate/port.ts'
import { gateNotices } from './gate-notices.ts'
import type { Ground } from './ground.ts'

export type WatchedGate = {
  gate: Gate
  /** One who is told whenever the state of the gate changes. */
  onChange(listener: () => void): void
}

export function openGate(config: EdgeConfig['gate'], { log, closing, notices }: Ground): WatchedGate {
  if (config.mode === 'none') {
    log('NO FIREWALL: this box lets everyone through. Every page and the NOC say so.')
    const gate = noFirewallGate()
    closing.later(() => gate.close())
    return { gate, onChange: () => {} }
  }
  let changed = (): void => undefined
  const gate = connectGate({
    socket: config.socket,
    lan: config.lan,
    onState(state) {
      log(`The gate is ${state}.`)
      telling.changed()
      changed()
    },
    onNotice: (kind) => notices.tell(kind),
  })
  const telling = gateNotices(notices, () => gate.state())
  closing.later(() => gate.close())
  closing.later(() => telling.close())
  return {
    gate,
    onChange(listener) {
      changed = listener
    },
  }
}
