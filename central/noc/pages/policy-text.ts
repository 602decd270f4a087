/** The access policy in sentences. Says what the rules are, so that nobody has to read a form to know them. */
import type { Group, Rate, Schedule } from '#edge/wire/policy.ts'
import { DAY, moment, number, octets, wibDate } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { ui } from '../../platform/ui/ui-words.ts'
import type { PolicyView } from '../policy/api.ts'
import type { Counts } from '../policy/changes.ts'
import { minutesOf } from '../policy/week.ts'
import type { Where } from '../policy/place.ts'
import { t } from './noc-words.ts'

const MINUTE = 60
const HOUR = 3_600

/** "90 menit", "8 jam", "30 detik": the largest unit that leaves no rest. */
export function duration(seconds: number): string {
  if (seconds >= 2 * HOUR && seconds % HOUR === 0) return ui('span.hour', { n: seconds / HOUR })
  if (seconds >= MINUTE && seconds % MINUTE === 0) return ui('span.minute', { n: seconds / MINUTE })
  return ui('span.second', { n: seconds })
}

export const speed = (kbps: number): string =>
  kbps === 0
    ? t('group.unlimited')
    : kbps >= 1_000
      ? `${number(kbps / 1_000, language.value, 1)} Mbit/s`
      : `${number(kbps, language.value)} kbit/s`

const rateText = ({ downKbps, upKbps }: Rate) => t('group.rate', { down: speed(downKbps), up: speed(upKbps) })
const unlimited = (rate: Rate | undefined) => rate === undefined || (rate.downKbps === 0 && rate.upKbps === 0)

/** Everything but the length of a visit, which a card shows large. */
export function groupLines(group: Group): string[] {
  const { watchSeconds, idleSeconds, dailySeconds, sessionOctets, dailyOctets, rate, fairUse } = group
  const amount = (value: number) => octets(value, language.value)
  return [
    watchSeconds > 0 ? t('group.film', { span: duration(watchSeconds) }) : t('group.no-film'),
    unlimited(rate) ? t('group.no-rate') : rateText(rate!),
    ...(fairUse ? [t('group.fair', { rate: speed(fairUse.rate.downKbps), octets: amount(fairUse.afterOctets) })] : []),
    ...(sessionOctets === undefined ? [] : [t('group.session-quota', { octets: amount(sessionOctets) })]),
    ...(dailyOctets === undefined ? [] : [t('group.daily-quota', { octets: amount(dailyOctets) })]),
    ...(dailySeconds === undefined ? [] : [t('group.daily-time', { span: duration(dailySeconds) })]),
    ...(idleSeconds === undefined ? [] : [t('group.idle', { span: duration(idleSeconds) })]),
  ]
}
export const groupText = (group: Group): string =>
  [`${duration(group.sessionSeconds)} ${t('group.visit')}`, ...groupLines(group)].join(', ')

/** Monday first, as ISO 8601 counts; any week will do, this one began on a Monday. */
const MONDAY = Date.parse('2026-01-05T05:00:00Z')
export function dayName(day: number, length: 'narrow' | 'short' | 'long'): string {
  const locale = language.value === 'id' ? 'id-ID' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { weekday: length, timeZone: 'Asia/Jakarta' }).format(MONDAY + (day - 1) * DAY)
}

/** "Sen–Jum", "Sab, Min", "setiap hari". */
function daysText(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b)
  if (sorted.length === 7) return t('schedule.every-day')
  const runs: number[][] = []
  for (const day of sorted) {
    const run = runs.at(-1)
    if (run && run.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  const name = (day: number) => dayName(day, 'short')
  return runs.flatMap((run) => (run.length > 2 ? [`${name(run[0]!)}–${name(run.at(-1)!)}`] : run.map(name))).join(', ')
}

const timeText = (time: string) => (language.value === 'id' ? time.replace(':', '.') : time)

/** A calendar date as people write it; the input itself while it is none yet. */
export function dateText(day: string): string {
  const at = wibDate(day, 12)
  if (at === null) return day
  const locale = language.value === 'id' ? 'id-ID' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'Asia/Jakarta' }).format(at)
}
export const momentText = (at: number): string => moment(at, language.value)

export function scheduleText({ groups, days, from, to, effect, startsOn, endsOn }: Schedule): string {
  const named = groups.join(', ')
  const what = 'use' in effect ? t('schedule.uses', { groups: named, use: effect.use }) : t('schedule.closes', { groups: named })
  const over = minutesOf(to) < minutesOf(from) ? ` ${t('schedule.next-day')}` : ''
  const when = t('schedule.when', { days: daysText(days), from: timeText(from), to: timeText(to) })
  const dates =
    // An emptied field is no date.
    !startsOn ? t('schedule.to', { to: dateText(endsOn) }) : t('schedule.dates', { from: dateText(startsOn), to: dateText(endsOn) })
  return `${when}${over}: ${what}; ${dates}`
}

export function whereText(where: Where, view: Pick<PolicyView, 'kelurahan' | 'hotspots'>): string {
  if ('city' in where) return t('where.city')
  if ('kelurahan' in where) {
    const [first = '', ...rest] = where.kelurahan.map((code) => view.kelurahan.find((each) => each.code === code)?.name ?? code)
    return rest.length === 0 ? t('where.in', { name: first }) : t('where.some-kelurahan', { first, n: rest.length })
  }
  const [first = '', ...rest] = where.nodes.map((node) => view.hotspots.find((each) => each.node === node)?.name ?? node)
  return rest.length === 0 ? first : t('where.some-nodes', { first, n: rest.length })
}

/** "1 jadwal baru, 2 blokir dihapus" */
export function countsText(counts: Counts): string {
  const parts = Object.entries(counts).flatMap(([part, of]) =>
    Object.entries(of).map(([what, n]) => t.code('count.', what, { n, part: t.code('part.', part).toLowerCase() })),
  )
  return parts.length === 0 ? t('count.same') : parts.join(', ')
}
