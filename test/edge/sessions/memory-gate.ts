import type { Admission, ClientCounter, Gate, GateState, Mac } from '#edge/gate/port.ts'

/** The gate's port kept in memory: who is let through, what was counted, and failures on demand. */
export type MemoryGate = Gate & {
  open: Map<Mac, Admission>
  neighbours: Map<string, Mac>
  octets: Map<number, { upOctets: number; downOctets: number }>
  become(state: GateState): void
  /** The next verbs of this name are refused. */
  refuse: Set<'admit' | 'evict' | 'counters' | 'reconcile'>
  reconciled: Admission[][]
}

export function memoryGate(state: GateState = 'enforcing'): MemoryGate {
  const open = new Map<Mac, Admission>()
  const octets = new Map<number, { upOctets: number; downOctets: number }>()
  const neighbours = new Map<string, Mac>()
  const refuse: MemoryGate['refuse'] = new Set()
  const reconciled: Admission[][] = []
  const mayRefuse = (verb: 'admit' | 'evict' | 'counters' | 'reconcile') => {
    if (refuse.has(verb)) throw new Error(`the gate refused: ${verb}`)
  }
  return {
    open,
    octets,
    neighbours,
    refuse,
    reconciled,
    become: (next) => void (state = next),
    async admit(admission) {
      mayRefuse('admit')
      open.set(admission.mac, admission)
    },
    async evict(mac) {
      mayRefuse('evict')
      const admission = open.get(mac)
      if (admission) octets.delete(admission.clientId)
      open.delete(mac)
    },
    async limit() {},
    async counters(): Promise<ClientCounter[]> {
      mayRefuse('counters')
      return [...octets].map(([clientId, counted]) => ({ clientId, ...counted }))
    },
    async reconcile(admissions) {
      mayRefuse('reconcile')
      reconciled.push(admissions)
      const wanted = new Map(admissions.map((admission) => [admission.mac, admission]))
      const added = admissions.filter(({ mac }) => !open.has(mac))
      const removed = [...open.keys()].filter((mac) => !wanted.has(mac))
      for (const mac of removed) open.delete(mac)
      for (const admission of added) open.set(admission.mac, admission)
      return { added: added.length, removed: removed.length }
    },
    whoHas: async (address) => neighbours.get(address),
    state: () => state,
    close: async () => {},
  }
}
