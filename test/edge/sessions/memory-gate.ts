import type { Admission, ClientCounter, Gate, GateState, Mac, Stranger } from '#edge/gate/port.ts'

/** The gate's port kept in memory: who is let through, what was counted, and failures on demand. */
export type MemoryGate = Gate & {
  open: Map<Mac, Admission>
  neighbours: Map<string, Mac>
  octets: Map<number, { upOctets: number; downOctets: number }>
  /** Speed limits by client id, whether they came with the admission or while it ran. */
  rates: Map<number, { upKbps: number; downKbps: number }>
  /** Seconds by device, as the last `block` said. */
  blocked: Map<Mac, number>
  /** What `strangers` answers. */
  seen: Stranger[]
  become(state: GateState): void
  /** The next verbs of this name are refused. */
  refuse: Set<Refusable>
  reconciled: Admission[][]
}

type Refusable = 'admit' | 'evict' | 'counters' | 'reconcile' | 'block' | 'strangers'

export function memoryGate(state: GateState = 'enforcing'): MemoryGate {
  const open = new Map<Mac, Admission>()
  const octets = new Map<number, { upOctets: number; downOctets: number }>()
  const neighbours = new Map<string, Mac>()
  const rates: MemoryGate['rates'] = new Map()
  const blocked = new Map<Mac, number>()
  const seen: Stranger[] = []
  const refuse: MemoryGate['refuse'] = new Set()
  const reconciled: Admission[][] = []
  const mayRefuse = (verb: Refusable) => {
    if (refuse.has(verb)) throw new Error(`the gate refused: ${verb}`)
  }
  const take = (admission: Admission) => {
    open.set(admission.mac, admission)
    if (admission.rate) rates.set(admission.clientId, admission.rate)
  }
  return {
    open,
    octets,
    rates,
    blocked,
    seen,
    neighbours,
    refuse,
    reconciled,
    become: (next) => void (state = next),
    async admit(admission) {
      mayRefuse('admit')
      take(admission)
    },
    async evict(mac) {
      mayRefuse('evict')
      const admission = open.get(mac)
      if (admission) octets.delete(admission.clientId)
      open.delete(mac)
    },
    async limit({ clientId, upKbps, downKbps }) {
      rates.set(clientId, { upKbps, downKbps })
    },
    async block(devices) {
      mayRefuse('block')
      blocked.clear()
      for (const { mac, seconds } of devices) blocked.set(mac, seconds)
    },
    async strangers() {
      mayRefuse('strangers')
      return [...seen]
    },
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
      admissions.forEach(take)
      return { added: added.length, removed: removed.length }
    },
    whoHas: async (address) => neighbours.get(address),
    state: () => state,
    close: async () => {},
  }
}
