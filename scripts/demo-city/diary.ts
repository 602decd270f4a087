/** A simulated hotspot's life as its box tells it: samples on a grid of its own, guests, troubles. Pure but for the box's own count of what waits. */
import { DEVICES_MAX } from '#edge/wire/device.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Diary, Said, Self } from '#scripts/fleet-engine/diary.ts'
import { healthAt, playOver, usageAt, visitorsAt, type Moment } from './day.ts'
import { devicesAt } from './devices.ts'
import { sessionsBetween, type GuestBook } from './guests.ts'
import type { Place } from './places.ts'
import { chanceOf } from './random.ts'
import { noticeOf } from './residents.ts'
import { silentDevicesAt, sitesOf, type Site } from './sites.ts'

export type DiaryOptions = {
  place: Pick<Place, 'node' | 'profile'>
  everySeconds: number
  version: string
  /** What is before this is told as the past is: by the interval, without troubles, one guest an hour or so. Absent: nothing is. */
  presentFrom?: number
  /** Records a minute, made up of more access points and of guests whose access point tells of them. Absent: as many as the day brings. */
  recordsPerMinute?: number
  /** Of the guests that there are, the share told of. */
  guestShare?: number
}

/** Proof of play is summed over so many intervals. */
const PLAY_INTERVALS = 5
const LOOK_SECONDS_MAX = 10
/** The most that day.ts ever puts at one hotspot. */
const PLACES_MAX = 90
const RADIUS_SHARE = 0.15
const INTERIM_SECONDS = 300
/** A busy access point's guests, when a rate is asked for: an update a minute each. */
const BUSY_INTERIM_SECONDS = 60

export function openDiary(options: DiaryOptions): Diary {
  const { place, everySeconds, presentFrom = -Infinity } = options
  const { node } = place
  const every = everySeconds * 1_000
  const look = lookSeconds(everySeconds) * 1_000
  /** Boxes do not report in step: each has its own second of the minute. */
  const phase = Math.floor(chanceOf(node, 'phase') * every)
  const after = (moment: number, step: number) => phase + (Math.floor((moment - phase) / step) + 1) * step
  const momentAt = (at: number): Moment => ({ ...place, at, everySeconds })
  const sites = sitesWith(options)
  const book = guestBook(options, sites.length)
  const samplesAt = (end: number, self: Self): Said[] => {
    const moment = momentAt(end)
    const isFifth = Math.round((end - phase) / every) % PLAY_INTERVALS === 0
    // A day of the past need not be told of each port by the minute.
    const looked = end >= presentFrom ? moment : isFifth ? { ...moment, everySeconds: PLAY_INTERVALS * everySeconds } : undefined
    const devices = looked ? devicesAt(looked, sites) : []
    const health = healthAt(moment, self.bootedAt, options.version, waitingAt(end, self))
    return [
      { kind: 'usage', body: usageAt(moment) },
      { kind: 'health', body: health },
      ...devices.map((body): Said => ({ kind: 'device', body })),
      ...(isFifth
        ? [{ kind: 'play' as const, body: playOver(Array.from({ length: PLAY_INTERVALS }, (_, i) => momentAt(end - i * every))) }]
        : []),
    ]
  }
  /** A past that is still being told is nothing that waited: the hotspot it tells of had sent it at its time. */
  const waitingAt = (end: number, { outbox }: Self) =>
    end - outbox.oldestAgeSeconds * 1_000 < presentFrom ? { records: 2, oldestAgeSeconds: everySeconds, dropped: 0 } : outbox
  const troublesAt = (end: number): Said[] => {
    const notice = noticeOf(node, end, look)
    const [silentBefore = [], silent = []] = [end - look, end].map((at) => silentDevicesAt({ ...place, at }))
    const names = (list: string[], others: string[]) => list.filter((name) => !others.includes(name))
    return [
      ...(notice ? [{ kind: 'notice' as const, body: notice }] : []),
      ...names(silent, silentBefore).map((detail) => ({
        kind: 'notice' as const,
        body: { kind: 'device-silent' as const, detail, count: 1 },
      })),
      ...names(silentBefore, silent).map((detail) => ({
        kind: 'notice' as const,
        body: { kind: 'device-back' as const, detail, count: 1 },
      })),
    ]
  }

  return {
    nextAt: (moment) => (moment < presentFrom ? after(moment, every) : after(moment, look)),
    at(end, self) {
      const isPast = end < presentFrom
      const step = isPast ? every : look
      const sessions = sessionsBetween(isPast ? inThePast(book) : book, end - step, end)
      return [
        ...((end - phase) % every === 0 ? samplesAt(end, self) : []),
        ...sessions.map((body: Session) => ({ kind: 'session' as const, body })),
        ...(isPast ? [] : troublesAt(end)),
      ]
    },
    latest(now, self) {
      const moment = momentAt(after(now, every) - every)
      return { usage: usageAt(moment), health: healthAt(moment, self.bootedAt, options.version, waitingAt(now, self)) }
    },
  }
}

/** As often as may be, and so that every interval ends with a look. */
function lookSeconds(everySeconds: number): number {
  let seconds = Math.min(everySeconds, LOOK_SECONDS_MAX)
  while (everySeconds % seconds !== 0) seconds -= 1
  return seconds
}

/** Of a large site's records, the share that access points and switches make; the rest are guests. */
const DEVICE_SHARE = 0.5

function sitesWith({ place, recordsPerMinute, everySeconds }: DiaryOptions): Site[] {
  const sites = sitesOf(place)
  if (recordsPerMinute === undefined) return sites
  const wanted = Math.min(DEVICES_MAX, Math.round((recordsPerMinute * DEVICE_SHARE * everySeconds) / 60))
  const more = Array.from({ length: Math.max(0, wanted - sites.length) }, (_, i): Site => ({ name: `AP ${i + 1}`, kind: 'ap' }))
  return [...sites, ...more].slice(0, wanted)
}

function guestBook({ place, recordsPerMinute, everySeconds, guestShare = 1 }: DiaryOptions, sites: number): GuestBook {
  const { node } = place
  if (recordsPerMinute === undefined) {
    const takenAt = (at: number) => Math.round(visitorsAt({ ...place, at }) * guestShare)
    return { node, takenAt, places: PLACES_MAX, radiusShare: RADIUS_SHARE, interimSeconds: INTERIM_SECONDS, endsOnly: false }
  }
  const samples = (2 + sites + 1 / PLAY_INTERVALS) * (60 / everySeconds)
  const guests = Math.max(0, Math.round(recordsPerMinute - samples))
  return { node, takenAt: () => guests, places: guests, radiusShare: 1, interimSeconds: BUSY_INTERIM_SECONDS, endsOnly: false }
}

const inThePast = (book: GuestBook): GuestBook => ({
  ...book,
  places: 1,
  takenAt: (at) => Number(book.takenAt(at) > 0),
  endsOnly: true,
})
