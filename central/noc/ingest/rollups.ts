/** Adds records up in memory, so that one commit touches each rollup row once. Rows come out in key order (see postgres-store.ts). */
import type { Health } from '#edge/wire/health.ts'
import type { Play } from '#edge/wire/play.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { cityDayOf, hourOf } from './clock.ts'
import { spreadOverMinutes } from './spread.ts'
import { CITY_AREA, type AreaMinute, type NodeDay, type NodeHour, type PlayRow, type UsageSums } from './store-port.ts'

const noUsage = (): UsageSums => ({ onlineMs: 0, coveredMs: 0, downOctets: 0, upOctets: 0, admitted: 0 })
const noHealth = () => ({ cpuSum: 0, cpuN: 0, memorySum: 0, memoryN: 0, uplinkSum: 0, uplinkN: 0 })

export function createRollups() {
  const areaMinutes = new Map<string, Map<number, AreaMinute>>()
  const nodeHours = new Map<string, Map<number, NodeHour>>()
  const nodeDays = new Map<string, Map<number, NodeDay>>()
  const plays = new Map<string, PlayRow>()

  // Keyed in two steps: a key glued together for each record was a fifth of what a record cost before SQL.
  const minute = (area: string, t: number) => entry(within(areaMinutes, area), t, () => ({ area, t, ...noUsage() }))
  const hour = (node: string, t: number) => entry(within(nodeHours, node), t, () => ({ node, t, ...noUsage(), ...noHealth() }))
  const day = (node: string, t: number) => entry(within(nodeDays, node), t, () => ({ node, t, ...noUsage(), watched: 0, fallback: 0 }))

  return {
    usage(node: string, kelurahan: string, usage: Usage, placedAt: number): void {
      for (const part of spreadOverMinutes(usage, placedAt)) {
        add(minute(CITY_AREA, part.t), part)
        add(minute(kelurahan, part.t), part)
        add(hour(node, hourOf(part.t)), part)
        add(day(node, cityDayOf(part.t)), part)
      }
    },
    health(node: string, health: Health, placedAt: number): void {
      const row = hour(node, hourOf(placedAt))
      if (health.cpu !== null) {
        row.cpuSum += health.cpu
        row.cpuN += 1
      }
      if (health.memoryUsed !== null) {
        row.memorySum += health.memoryUsed
        row.memoryN += 1
      }
      if (health.uplinkMilliseconds !== null) {
        row.uplinkSum += health.uplinkMilliseconds
        row.uplinkN += 1
      }
    },
    play(node: string, play: Play, placedAt: number): void {
      const row = day(node, cityDayOf(placedAt))
      row.watched += play.watched
      row.fallback += play.fallback
      const clip = entry(plays, `${node} ${play.clip} ${row.t}`, () => ({
        node,
        clip: play.clip,
        day: row.t,
        started: 0,
        watched: 0,
        fallback: 0,
      }))
      clip.started += play.started
      clip.watched += play.watched
      clip.fallback += play.fallback
    },
    rows: () => ({
      areaMinutes: flat(areaMinutes),
      nodeHours: flat(nodeHours),
      nodeDays: flat(nodeDays),
      plays: [...plays.values()],
    }),
  }
}

const within = <Row>(rows: Map<string, Map<number, Row>>, key: string) => entry(rows, key, () => new Map<number, Row>())
const flat = <Row>(rows: Map<string, Map<number, Row>>): Row[] => [...rows.values()].flatMap((own) => [...own.values()])

function entry<Key, Row>(rows: Map<Key, Row>, key: Key, make: () => Row): Row {
  let row = rows.get(key)
  if (!row) rows.set(key, (row = make()))
  return row
}

function add(row: UsageSums, part: UsageSums): void {
  row.onlineMs += part.onlineMs
  row.coveredMs += part.coveredMs
  row.downOctets += part.downOctets
  row.upOctets += part.upOctets
  row.admitted += part.admitted
}
