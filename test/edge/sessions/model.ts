/** What should happen to visitors, as simply as it can be said: the reference that the real thing is compared with. Whole seconds. */

/** `closed`: minutes of the city's day between which nobody is online. */
export type Rules = { session: number; closed?: [number, number]; blocked?: string } & Partial<Record<Bound, number>>
type Bound = 'idle' | 'quota' | 'dayTime' | 'dayData'
type Online = { granted: number; used: number; octets: number; still: number; unseen: number }
type Visitor = { online?: Online | undefined; waiting?: { since: number; seen: number } | undefined; today: Today }
type Today = { seconds: number; octets: number }
export type Model = ReturnType<typeof createModel>

export const WATCH = 30
const [DAY, WEST_OF_CITY] = [86_400, 7 * 3600]
const modulo = (a: number, b: number): number => ((a % b) + b) % b

export function createModel(names: string[], rules: Rules, wall: number) {
  const visitors = new Map(names.map((name): [string, Visitor] => [name, { today: { seconds: 0, octets: 0 } }]))
  const model = { rules, wall, trusted: true, ends: [] as string[], counted: 0, day: Math.floor((wall + WEST_OF_CITY) / DAY), dayAge: 0 }
  const of = (name: string): Visitor => visitors.get(name)!
  const bound = (name: Bound): number => model.rules[name] ?? Infinity

  /** Seconds; 0 while it is closed. */
  function untilClosing(): number {
    if (!model.rules.closed || !model.trusted) return Infinity
    const [from, to] = model.rules.closed
    const minute = modulo((model.wall + WEST_OF_CITY) / 60, 1440)
    return from <= minute && minute < to ? 0 : modulo(from - minute, 1440) * 60
  }
  function left({ online, today }: Visitor): number {
    const session = online ? Math.min(online.granted, model.rules.session) - online.used : 0
    return Math.max(0, Math.min(session, bound('dayTime') - today.seconds, untilClosing()))
  }
  function refusal(name: string, { seconds, octets } = of(name).today): string | undefined {
    if (model.rules.blocked === name) return 'blocked'
    if (untilClosing() === 0) return 'closed'
    return seconds > bound('dayTime') - 1 ? 'daily-time' : octets >= bound('dayData') ? 'daily-data' : undefined
  }
  function causeFor(name: string, { granted, used, octets, still }: Online, today = of(name).today): string | undefined {
    if (model.rules.blocked === name) return 'blocked'
    if (untilClosing() === 0) return 'closed'
    if (Math.min(granted, model.rules.session) <= used) return 'expired'
    if (today.seconds >= bound('dayTime')) return 'daily-time'
    if (octets >= bound('quota') || today.octets >= bound('dayData')) return 'quota'
    return still >= bound('idle') ? 'idle' : undefined
  }
  function count({ online, today }: Visitor): void {
    const octets = online?.unseen ?? 0
    today.octets += octets
    model.counted += octets
    if (online && octets > 0) Object.assign(online, { octets: online.octets + octets, still: 0, unseen: 0 })
  }
  function end(name: string, cause: string): void {
    count(of(name))
    of(name).online = undefined
    model.ends.push(`${name} ${cause}`)
  }
  function turnDay(): void {
    const { trusted, day, dayAge } = model
    const today = trusted ? Math.floor((model.wall + WEST_OF_CITY) / DAY) : dayAge >= DAY ? day + 1 : day
    if (today === day) return
    Object.assign(model, { day: today, dayAge: 0 })
    for (const visitor of visitors.values()) visitor.today = { seconds: 0, octets: 0 }
  }

  return Object.assign(model, {
    of,
    left: (name: string): number => left(of(name)),
    refusal,
    end,
    poll(): void {
      turnDay()
      visitors.forEach(count)
      for (const [name, { online }] of visitors) {
        const cause = online && causeFor(name, online)
        if (cause !== undefined) end(name, cause)
      }
    },
    pass(seconds: number): void {
      Object.assign(model, { wall: model.wall + seconds, dayAge: model.dayAge + seconds })
      for (const { online, today, waiting } of visitors.values()) {
        if (waiting) Object.assign(waiting, { since: waiting.since + seconds, seen: waiting.seen + seconds })
        const used = online ? Math.min(seconds, online.granted - online.used) : 0
        today.seconds += used
        if (online) Object.assign(online, { used: online.used + used, still: online.still + seconds })
      }
    },
    admit(name: string): void {
      const online = { granted: model.rules.session, used: 0, octets: 0, still: 0, unseen: 0 }
      Object.assign(of(name), { online, waiting: undefined })
    },
    move(from: string, to: string): void {
      if (of(to).online) end(to, 'logout')
      const { online } = of(from)
      end(from, 'moved')
      const [a, b] = [of(from).today, of(to).today]
      const today = { seconds: Math.max(a.seconds, b.seconds), octets: Math.max(a.octets, b.octets) }
      Object.assign(of(to), { online: { ...online, still: 0 }, today, waiting: undefined })
      of(from).waiting = undefined
    },
    use(next: Rules): void {
      model.rules = next
      for (const [name, { online }] of visitors) {
        if (!online || online.granted <= next.session) continue
        online.granted = Math.max(next.session, online.used)
        if (next.session <= online.used) end(name, 'policy')
      }
    },
    /** The edge begins anew; with a reboot, waits are over too. */
    restart(reboot: boolean): void {
      model.dayAge = 0
      for (const visitor of visitors.values()) {
        if (visitor.online) visitor.online.still = 0
        if (visitor.waiting) visitor.waiting = reboot ? undefined : { ...visitor.waiting, seen: visitor.waiting.since }
      }
    },
  })
}
