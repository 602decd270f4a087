/**
 * The sums of the two weeks, made without reading a record: the product's own rule for cutting a record at the borders of its
 * minutes, over the formula of weeks.ts. Whether they agree with the records is asked afterwards (agreement.ts).
 */
import { cityDayOf, hourOf, minuteOf } from '#central/noc/ingest/clock.ts'
import { spreadOverMinutes } from '#central/noc/ingest/spread.ts'
import { CITY_AREA, type AreaMinute, type NodeDay, type NodeHour, type UsageSums } from '#central/noc/ingest/store-port.ts'
import { hotspotOf } from './boxes.ts'
import { nodeName } from './samples.ts'
import { cpuIn, latencyIn, memoryIn, MINUTE_MS, momentOf, RAW_MINUTES, usageIn, type Weeks } from './weeks.ts'

const none = (): UsageSums => ({ onlineMs: 0, coveredMs: 0, downOctets: 0, upOctets: 0, admitted: 0 })
const noHealth = () => ({ cpuSum: 0, cpuN: 0, memorySum: 0, memoryN: 0, uplinkSum: 0, uplinkN: 0 })

function add(row: UsageSums, part: UsageSums): void {
  row.onlineMs += part.onlineMs
  row.coveredMs += part.coveredMs
  row.downOctets += part.downOctets
  row.upOctets += part.upOctets
  row.admitted += part.admitted
}

/** City and kelurahan by minute; one more minute than there are, because the first record reaches back. */
type Areas = Map<string, AreaMinute[]>

export type BoxSums = { hours: NodeHour[]; days: NodeDay[] }

/** `box(n)` may be called once for each box; `areas()` afterwards. */
export function createWeekSums(weeks: Weeks) {
  const begins = weeks.first - MINUTE_MS
  const areas: Areas = new Map()
  const areaRows = (area: string): AreaMinute[] => {
    let rows = areas.get(area)
    if (!rows) areas.set(area, (rows = Array.from({ length: RAW_MINUTES + 2 }, (_, i) => ({ area, t: begins + i * MINUTE_MS, ...none() }))))
    return rows
  }
  return {
    box(box: number): BoxSums {
      const node = nodeName(box)
      const hours = new Map<number, NodeHour>()
      const days = new Map<number, NodeDay>()
      const hour = (t: number) => kept(hours, hourOf(t), (at) => ({ node, t: at, ...none(), ...noHealth() }))
      const day = (t: number) => kept(days, cityDayOf(t), (at) => ({ node, t: at, ...none(), watched: 0, fallback: 0 }))
      const own = areaRows(hotspotOf(box).kelurahan)
      const city = areaRows(CITY_AREA)
      for (let minute = 0; minute < RAW_MINUTES; minute++) {
        const at = momentOf(weeks, box, minute)
        for (const part of spreadOverMinutes(usageIn(box, minute), at)) {
          const i = (minuteOf(part.t) - begins) / MINUTE_MS
          add(own[i]!, part)
          add(city[i]!, part)
          add(hour(part.t), part)
          add(day(part.t), part)
        }
        const row = hour(at)
        row.cpuSum += cpuIn(box, minute) / 10_000
        row.memorySum += memoryIn(box, minute) / 10_000
        row.uplinkSum += latencyIn(box, minute)
        row.cpuN += 1
        row.memoryN += 1
        row.uplinkN += 1
      }
      return { hours: [...hours.values()], days: [...days.values()] }
    },
    areas: (): AreaMinute[] => [...areas.values()].flat().filter(({ coveredMs }) => coveredMs > 0),
  }
}

function kept<Row>(rows: Map<number, Row>, t: number, make: (t: number) => Row): Row {
  let row = rows.get(t)
  if (!row) rows.set(t, (row = make(t)))
  return row
}
