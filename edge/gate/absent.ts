/** Stands in where there is no firewall (a demo without root). It keeps the books; it stops nobody, and says so. */
import { readFile } from 'node:fs/promises'
import { findInArpTable, plainAddress } from './listing.ts'
import type { Admission, Gate, Mac } from './port.ts'

export function noFirewallGate(): Gate {
  let admitted = new Map<Mac, { clientId: number; until: number }>()
  const isOpen = (mac: Mac): boolean => (admitted.get(mac)?.until ?? 0) > performance.now()
  const held = ({ clientId, seconds }: Admission) => ({ clientId, until: performance.now() + seconds * 1000 })

  return {
    async admit(admission) {
      admitted.set(admission.mac, held(admission))
    },
    async evict(mac) {
      admitted.delete(mac)
    },
    async limit() {},
    counters: async () => [],
    async block() {},
    async forgetGarden() {},
    strangers: async () => [],
    async reconcile(admissions) {
      const before = new Set([...admitted.keys()].filter(isOpen))
      admitted = new Map(admissions.map((admission) => [admission.mac, held(admission)]))
      return {
        added: admissions.filter(({ mac }) => !before.has(mac)).length,
        removed: [...before].filter((mac) => !admitted.has(mac)).length,
      }
    },
    async whoHas(address) {
      // Not every system that runs the demo has this file.
      const table = await readFile('/proc/net/arp', 'utf8').catch(() => '')
      return findInArpTable(table, plainAddress(address))
    },
    state: () => 'no-firewall',
    close: async () => {},
  }
}
