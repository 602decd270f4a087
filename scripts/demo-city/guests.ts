/**
 * Who comes and goes at a simulated hotspot. Its visitors sit on places, each place taken by one guest after another for
 * ever; who sits there when, and whether anybody does, follows from name and time. So a session's start, updates and stop
 * belong together without anything being remembered. Pure.
 */
import type { Session } from '#edge/wire/session.ts'
import { chanceOf, choose, hashOf } from './random.ts'

export type GuestBook = {
  node: string
  /** Places taken at a moment. */
  takenAt: (at: number) => number
  /** Places there ever are. */
  places: number
  /** Share of guests who come in through an access point's own login; those tell of themselves while they stay. */
  radiusShare: number
  /** RFC 2869 §5.16. */
  interimSeconds: number
  /** Only what is over is told, as one tells of the past. */
  endsOnly: boolean
}

const STAY_SECONDS = { least: 240, most: 3_600 }
const CAUSES = ['expired', 'expired', 'logout', 'idle'] as const
const RADIUS_CAUSES = ['User-Request', 'Idle-Timeout', 'Lost-Carrier', 'Session-Timeout'] as const
const OCTETS_PER_SECOND = 70_000

type Stay = { place: number; nth: number; begin: number; seconds: number }

/** Session records of the time after `from` up to and including `to`. */
export function sessionsBetween(book: GuestBook, from: number, to: number): Session[] {
  const told: Session[] = []
  for (let place = 0; place < book.places; place++) {
    const stay = stayAt(book.node, place, to)
    if (stay.begin > from) {
      const before = stayAt(book.node, place, stay.begin - 1)
      if (isTaken(book, before)) told.push(sessionOf(book, before, 'stop', before.seconds))
      if (!book.endsOnly && isTaken(book, stay)) told.push(sessionOf(book, stay, 'start', 0))
    } else if (!book.endsOnly && isRadius(book, stay) && isTaken(book, stay)) {
      const interims = (at: number) => Math.floor((at - stay.begin) / (book.interimSeconds * 1_000))
      if (interims(to) > interims(from)) told.push(sessionOf(book, stay, 'update', Math.floor((to - stay.begin) / 1_000)))
    }
  }
  return told
}

function stayAt(node: string, place: number, at: number): Stay {
  const seconds = STAY_SECONDS.least + Math.floor(chanceOf(node, place, 'stay') * (STAY_SECONDS.most - STAY_SECONDS.least))
  const offset = Math.floor(chanceOf(node, place, 'offset') * seconds * 1_000)
  const nth = Math.floor((at - offset) / (seconds * 1_000))
  return { place, nth, begin: offset + nth * seconds * 1_000, seconds }
}

/** Decided when the guest came, so that who began also ends. */
const isTaken = ({ takenAt }: GuestBook, { place, begin }: Stay): boolean => place < takenAt(begin)

const isRadius = ({ node, radiusShare }: GuestBook, { place, nth }: Stay): boolean => chanceOf(node, place, nth, 'source') < radiusShare

function sessionOf(book: GuestBook, stay: Stay, event: Session['event'], seconds: number): Session {
  const { node } = book
  const { place, nth, begin } = stay
  const radius = isRadius(book, stay)
  const downOctets = Math.floor(seconds * OCTETS_PER_SECOND * chanceOf(node, place, nth, 'octets'))
  const id = hashOf(node, place, nth, 'id').toString(16).padStart(8, '0')
  return {
    id: `${radius ? 'r' : 'p'}-${place}-${id}`,
    source: radius ? 'radius' : 'portal',
    event,
    device: id + hashOf(node, place, nth, 'device').toString(16).padStart(8, '0'),
    startedAt: begin,
    seconds,
    upOctets: Math.floor(downOctets / 11),
    downOctets,
    ...(event === 'stop' && { cause: choose(radius ? RADIUS_CAUSES : CAUSES, chanceOf(node, place, nth, 'cause')) }),
    ...(radius && { nas: `ap-${node}` }),
  }
}
