/** What this box knows of visits at its neighbours, and what it tells them of its own: the shell around roaming-book.ts. */
import type { Mac } from '../gate/port.ts'
import type { Roaming } from '../sessions/port.ts'
import type { Recorder } from '../telemetry/port.ts'
import type { Visit, Visits } from '../wire/visit.ts'
import { createRoamingBook } from './roaming-book.ts'
import { roamingTags } from './roaming-tags.ts'

/** Told late, a visit is still worth telling; beyond this the outbox is away for good, and the oldest are forgotten. */
const UNTOLD_MAX = 1_000
const TELL_AGAIN_MILLISECONDS = 5_000
/** A busy week without central. */
const ON_THE_WAY_MAX = 10_000
const SECONDS_MAX = 604_800

type Options = {
  /** Base64url of 32 bytes, one for the kelurahan. */
  key: string
  node: string
  recorder: Recorder
  /** Unix milliseconds; only the city's day is taken from it. */
  now: () => number
  /** Milliseconds of a clock that nobody sets. */
  steady?: () => number
  log: (line: string) => void
}

export type BoxRoaming = Roaming & { heard(visits: Visits): void; close(): void }

export function openRoaming({ key, node, recorder, now, steady = () => performance.now(), log }: Options): BoxRoaming {
  const tags = roamingTags(key)
  const book = createRoamingBook({ node, steady })
  let moved: Parameters<Roaming['onMoved']>[0] = () => {}
  /** Taken up here, and central does not know it yet: what it says of these meanwhile is older. Seq of the record, once it has one. */
  const onTheWay = new Map<string, number | undefined>()
  const isOnTheWay = (code: string): boolean => {
    const seq = onTheWay.get(code)
    if (seq !== undefined && recorder.eventDelivered(seq)) onTheWay.delete(code)
    return onTheWay.has(code)
  }

  const makeRoom = () => {
    for (const code of onTheWay.keys()) isOnTheWay(code)
    const [oldest] = onTheWay.keys()
    if (onTheWay.size > ON_THE_WAY_MAX && oldest !== undefined) onTheWay.delete(oldest)
  }

  const untold = tellLater(steady, log, (visit) => {
    const seq = recorder.record('visit', visit)
    if (onTheWay.has(visit.code)) onTheWay.set(visit.code, seq)
  })
  const announce = (event: Visit['event'], tag: string, { code, group, secondsLeft, octets, today }: Parameters<Roaming['began']>[1]) =>
    untold.tell({
      event,
      tag,
      code,
      group,
      secondsLeft: Math.min(SECONDS_MAX, Math.max(0, Math.round(secondsLeft))),
      octets,
      today: { seconds: Math.min(86_400, Math.max(0, Math.round(today.seconds))), octets: today.octets },
    })

  return {
    byDevice: (mac: Mac) => book.byDevice(tags.around(mac, now())),
    byCode: (code) => book.byCode(tags.around(code, now())),
    codeTag: (code) => tags.today(code, now()),
    began(mac, visit) {
      const tag = tags.today(mac, now())
      book.began(visit.code, tag, visit.secondsLeft)
      onTheWay.set(visit.code, undefined)
      if (onTheWay.size > ON_THE_WAY_MAX) makeRoom()
      announce('begin', tag, visit)
    },
    ended(mac, visit) {
      announce('end', book.ended(visit.code) ?? tags.today(mac, now()), visit)
    },
    onMoved(listener) {
      moved = listener
    },
    heard({ sentAt, visits }) {
      for (const visit of visits) {
        if (isOnTheWay(visit.code) || !book.heard(visit, sentAt)) continue
        // The same phone at the next box goes on with its own session; it may come back.
        moved(visit.code, (mac) => tags.around(mac, now()).includes(visit.tag))
      }
    },
    close: () => untold.close(),
  }
}

/** A full or failing outbox must not stop a visitor from coming or going; what could not be told is told when it can be. */
function tellLater(steady: () => number, log: (line: string) => void, record: (visit: Visit) => void) {
  const waiting: { visit: Visit; since: number }[] = []
  const flush = () => {
    for (;;) {
      const [first] = waiting
      if (!first) return
      const secondsLeft = Math.max(0, Math.round(first.visit.secondsLeft - (steady() - first.since) / 1000))
      try {
        record({ ...first.visit, secondsLeft })
      } catch (error) {
        if (waiting.length === 1) log(`Visits wait to be told to the neighbours: ${(error as Error).message}`)
        return
      }
      waiting.shift()
    }
  }
  const timer = setInterval(flush, TELL_AGAIN_MILLISECONDS).unref()
  return {
    tell(visit: Visit): void {
      waiting.push({ visit, since: steady() })
      if (waiting.length > UNTOLD_MAX) waiting.shift()
      flush()
    },
    close(): void {
      clearInterval(timer)
      flush()
    },
  }
}
