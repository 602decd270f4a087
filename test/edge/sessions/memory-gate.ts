import type { Admission, ClientCounter, Gate, GateState, Mac, Stranger } from '#edge/gate/port.ts'
import type { Now } from '#edge/sessions/moment.ts'

type Verb = 'admit' | 'evict' | 'limit' | 'counters' | 'reconcile' | 'forgetGarden' | 'block'
type Limit = { upKbps: number; downKbps: number }

/** The gate's port kept in memory: who is let through, what was counted, and failures on demand. */
export type MemoryGate = Gate & {
  /** With a clock, those whose time is over are gone, as the kernel sees to by itself. */
  open: Map<Mac, Admission>
  limits: Map<number, Limit>
  blocked: Map<Mac, number>
  neighbours: Map<string, Mac>
  octets: Map<number, { upOctets: number; downOctets: number }>
  become(state: GateState): void
  /** The next verbs of this name are refused. */
  refuse: Set<Verb>
  asked: Record<Verb, number>
  reconciled: Admission[][]
  strange: Stranger[]
}

export function memoryGate(state: GateState = 'enforcing', now?: Now): MemoryGate {
  const open = new Map<Mac, Admission>()
  const endsAt = new Map<Mac, number>()
  const limits: MemoryGate['limits'] = new Map()
  const blocked = new Map<Mac, number>()
  const octets: MemoryGate['octets'] = new Map()
  const neighbours = new Map<string, Mac>()
  const refuse: MemoryGate['refuse'] = new Set()
  const asked: MemoryGate['asked'] = { admit: 0, evict: 0, limit: 0, counters: 0, reconcile: 0, block: 0, forgetGarden: 0 }
  const reconciled: Admission[][] = []
  const strange: Stranger[] = []
  const take = (verb: Verb) => {
    asked[verb]++
    if (refuse.has(verb)) throw new Error(`the gate refused: ${verb}`)
  }
  const mono = (): number => now?.().mono ?? 0
  const settle = (): void => {
    if (!now) return
    for (const [mac, end] of endsAt) {
      if (end > mono()) continue
      endsAt.delete(mac)
      open.delete(mac)
    }
  }
  const shut = (mac: Mac): void => {
    open.delete(mac)
    endsAt.delete(mac)
  }
  const hold = (admission: Admission): void => {
    open.set(admission.mac, admission)
    endsAt.set(admission.mac, mono() + admission.seconds * 1000)
    if (admission.rate) limits.set(admission.clientId, admission.rate)
  }
  return {
    get open() {
      settle()
      return open
    },
    octets,
    limits,
    blocked,
    neighbours,
    refuse,
    asked,
    reconciled,
    strange,
    become: (next) => void (state = next),
    async admit(admission) {
      take('admit')
      hold(admission)
    },
    async evict(mac) {
      take('evict')
      const admission = open.get(mac)
      if (admission) octets.delete(admission.clientId)
      shut(mac)
    },
    async limit({ clientId, upKbps, downKbps }) {
      take('limit')
      limits.set(clientId, { upKbps, downKbps })
    },
    async counters(): Promise<ClientCounter[]> {
      take('counters')
      return [...octets].map(([clientId, counted]) => ({ clientId, ...counted }))
    },
    async block(devices) {
      take('block')
      blocked.clear()
      for (const { mac, seconds } of devices) blocked.set(mac, seconds)
    },
    forgetGarden: async () => take('forgetGarden'),
    strangers: async () => strange,
    async reconcile(admissions) {
      take('reconcile')
      reconciled.push(admissions)
      settle()
      const wanted = new Set(admissions.map(({ mac }) => mac))
      const added = admissions.filter(({ mac }) => !open.has(mac)).length
      const removed = [...open.keys()].filter((mac) => !wanted.has(mac))
      for (const mac of removed) shut(mac)
      for (const admission of admissions) hold(admission)
      return { added, removed: removed.length }
    },
    whoHas: async (address) => neighbours.get(address),
    state: () => state,
    close: async () => {},
  }
}
