/** What should happen to visitors, as simply as it can be said: the reference that the real thing is compared with. Whole seconds. */

export type Rules = {
  session: number
  idle?: number
  quota?: number
  dayTime?: number
  dayData?: number
  /** Minutes of the city's day between which nobody is online. */
  closed?: [from: number, to: number]
  blocked?: string
}

type Visitor = {
  online?: { granted: number; used: number; octets: number; still: number; unseen: number } | undefined
  waiting?: { since: number; seen: number } | undefined
  today: { seconds: number; octets: number }
}
export type Model = ReturnType<typeof createModel>

export const WATCH = 30
const inCity = (wall: number): number => wall + 7 * 3600

export function createModel(names: string[], first: Rules, begins: number) {
  const visitors = new Map(names.map((name): [string, Visitor] => [name, { today: { seconds: 0, octets: 0 } }]))
  const model = { rules: first, wall: begins, trusted: true, ends: [] as string[], counted: 0 }
  let day = Math.floor(inCity(begins) / 86_400)
  let dayAge = 0
  const of = (name: string): Visitor => visitors.get(name)!
  const minute = (): number => (((inCity(model.wall) / 60) % 1440) + 1440) % 1440
  const isClosed = ([from, to]: [number, number] = [0, 0]): boolean => model.trusted && from <= minute() && minute() < to
  const untilClosing = (): number => {
    const { closed } = model.rules
    return closed && model.trusted ? ((((closed[0] - minute()) % 1440) + 1440) % 1440) * 60 : Infinity
  }

  function left(name: string): number {
    const { online, today } = of(name)
    if (!online || isClosed(model.rules.closed)) return 0
    const session = Math.min(online.granted, model.rules.session) - online.used
    return Math.max(0, Math.min(session, (model.rules.dayTime ?? Infinity) - today.seconds, untilClosing()))
  }
  function refusal(name: string): string | undefined {
    const { today } = of(name)
    if (model.rules.blocked === name) return 'blocked'
    if (isClosed(model.rules.closed)) return 'closed'
    if (today.seconds > (model.rules.dayTime ?? Infinity) - 1) return 'daily-time'
    return today.octets >= (model.rules.dayData ?? Infinity) ? 'daily-data' : undefined
  }
  function end(name: string, cause: string): void {
    of(name).online = undefined
    model.ends.push(`${name} ${cause}`)
  }
  function causeFor(name: string, { granted, used, octets, still }: NonNullable<Visitor['online']>): string | undefined {
    const { rules } = model
    const { today } = of(name)
    if (rules.blocked === name) return 'blocked'
    if (isClosed(rules.closed)) return 'closed'
    if (Math.min(granted, rules.session) <= used) return 'expired'
    if (today.seconds >= (rules.dayTime ?? Infinity)) return 'daily-time'
    if (octets >= (rules.quota ?? Infinity) || today.octets >= (rules.dayData ?? Infinity)) return 'quota'
    return still >= (rules.idle ?? Infinity) ? 'idle' : undefined
  }
  function turnDay(): void {
    const today = model.trusted ? Math.floor(inCity(model.wall) / 86_400) : dayAge >= 86_400 ? day + 1 : day
    if (today === day) return
    ;[day, dayAge] = [today, 0]
    for (const visitor of visitors.values()) visitor.today = { seconds: 0, octets: 0 }
  }
  function count({ online, today }: Visitor): void {
    if (!online || online.unseen === 0) return
    online.octets += online.unseen
    today.octets += online.unseen
    model.counted += online.unseen
    Object.assign(online, { still: 0, unseen: 0 })
  }

  return Object.assign(model, {
    of,
    left,
    refusal,
    end(name: string, cause: string): void {
      count(of(name))
      end(name, cause)
    },
    poll(): void {
      turnDay()
      for (const visitor of visitors.values()) count(visitor)
      for (const [name, { online }] of visitors) {
        const cause = online && causeFor(name, online)
        if (cause) end(name, cause)
      }
    },
    pass(seconds: number): void {
      model.wall += seconds
      dayAge += seconds
      for (const { online, today, waiting } of visitors.values()) {
        if (waiting) Object.assign(waiting, { since: waiting.since + seconds, seen: waiting.seen + seconds })
        if (!online) continue
        const used = Math.min(seconds, online.granted - online.used)
        today.seconds += used
        Object.assign(online, { used: online.used + used, still: online.still + seconds })
      }
    },
    admit: (name: string): void =>
      void Object.assign(of(name), {
        online: { granted: model.rules.session, used: 0, octets: 0, still: 0, unseen: 0 },
        waiting: undefined,
      }),
    move(from: string, to: string): void {
      for (const name of [from, to]) count(of(name))
      if (of(to).online) end(to, 'logout')
      const { online, today } = of(from)
      end(from, 'moved')
      const both = { seconds: Math.max(today.seconds, of(to).today.seconds), octets: Math.max(today.octets, of(to).today.octets) }
      Object.assign(of(to), { online: { ...online, still: 0 }, today: both, waiting: undefined })
      of(from).waiting = undefined
    },
    use(rules: Rules): void {
      model.rules = rules
      for (const [name, { online }] of visitors) {
        if (!online || online.granted <= rules.session) continue
        online.granted = Math.max(rules.session, online.used)
        if (rules.session <= online.used) this.end(name, 'policy')
      }
    },
    /** The edge begins anew; with a reboot, waits are over too. */
    restart(reboot: boolean): void {
      dayAge = 0
      for (const visitor of visitors.values()) {
        if (visitor.online) visitor.online.still = 0
        if (visitor.waiting) visitor.waiting = reboot ? undefined : { ...visitor.waiting, seen: visitor.waiting.since }
      }
    },
  })
}
