/**
 * The visits of a kelurahan as one box knows them, by tags alone. A session has one holder at a time: the box where it was
 * taken up last. Only the holder can end it; an end from a box the visitor has left says nothing. Pure: clocks are asked
 * from outside, and only to let go of what has run out, whatever the wall clock did.
 */
import type { RoamedVisit } from '../sessions/port.ts'
import type { Visits } from '../wire/visit.ts'

/** Five thousand visitors online at ten boxes; about 20 MB on the box at worst. */
const VISITS_KEPT_MAX = 50_000

type HeardVisit = Visits['visits'][number]

type Entry = {
  code: string
  holder: string
  /** Tag of the device that has it. */
  tag: string
  /** Central's clock, for the order of two messages and nothing else; own ones are before whatever comes. */
  sentAt: number
  /** Steady milliseconds. */
  until: number
  /** Ended by its holder before its time; kept, so that an older word does not bring it back. */
  over: boolean
  /** Absent for one that is held here. */
  visit?: Omit<RoamedVisit, 'secondsLeft'>
}

type BookOptions = { node: string; steady: () => number; keptMax?: number }

export function createRoamingBook({ node, steady, keptMax = VISITS_KEPT_MAX }: BookOptions) {
  const { find, put, codeOf, size } = createEntries(steady, keptMax)

  const visitOf = (code: string | undefined): RoamedVisit | undefined => {
    const entry = find(code)
    if (!entry?.visit || entry.over) return undefined
    return { ...entry.visit, secondsLeft: Math.floor((entry.until - steady()) / 1000) }
  }
  const firstOf = (candidates: readonly (string | undefined)[]): RoamedVisit | undefined => {
    for (const code of candidates) {
      const visit = visitOf(code)
      if (visit && visit.secondsLeft > 0) return visit
    }
    return undefined
  }

  return {
    byDevice: (tags: readonly string[]): RoamedVisit | undefined => firstOf(tags.map(codeOf)),
    byCode: (codes: readonly string[]): RoamedVisit | undefined => firstOf(codes),
    size,

    /** Taken up here: whatever a neighbour said of it is history. */
    began(code: string, tag: string, secondsLeft: number): void {
      put({ code, holder: node, tag, sentAt: 0, until: steady() + secondsLeft * 1000, over: false })
    },

    /** @returns the tag under which it was taken up here; undefined when that was before this process started, or a neighbour has it now. */
    ended(code: string): string | undefined {
      const entry = find(code)
      if (entry?.holder !== node) return undefined
      entry.over = true
      return entry.tag
    },

    /** @returns whether the session goes on at that neighbour's from now on. */
    heard({ event, tag, code, from, group, secondsLeft, octets, today }: HeardVisit, sentAt: number): boolean {
      if (from === node) return false
      const before = find(code)
      if (before && (before.over || sentAt < before.sentAt)) return false
      if (event === 'end') {
        if (before?.holder === from) Object.assign(before, { over: true, sentAt })
        return false
      }
      put({ code, holder: from, tag, sentAt, until: steady() + secondsLeft * 1000, over: false, visit: { code, group, octets, today } })
      return true
    },
  }
}

/** By session and by device, bounded, and without what has run out. */
function createEntries(steady: () => number, keptMax: number) {
  const byCode = new Map<string, Entry>()
  const codeOfDevice = new Map<string, string>()

  const forget = (entry: Entry) => {
    byCode.delete(entry.code)
    if (codeOfDevice.get(entry.tag) === entry.code) codeOfDevice.delete(entry.tag)
  }
  const makeRoom = () => {
    for (const entry of byCode.values()) if (entry.until <= steady()) forget(entry)
    for (const entry of byCode.values()) {
      if (byCode.size <= keptMax) return
      forget(entry)
    }
  }

  return {
    size: (): number => byCode.size,
    codeOf: (tag: string): string | undefined => codeOfDevice.get(tag),
    find(code: string | undefined): Entry | undefined {
      const entry = code === undefined ? undefined : byCode.get(code)
      if (entry && entry.until > steady()) return entry
      if (entry) forget(entry)
      return undefined
    },
    put(entry: Entry): void {
      const before = byCode.get(entry.code)
      if (before) forget(before)
      byCode.set(entry.code, entry)
      codeOfDevice.set(entry.tag, entry.code)
      if (byCode.size > keptMax) makeRoom()
    },
  }
}
