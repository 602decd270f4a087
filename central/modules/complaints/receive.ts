import { loadCalendar } from '../../platform/calendar/store.ts'
import { dayInCity } from '../../platform/calendar/days.ts'
import type { Kernel } from '../../platform/cases/kernel.ts'
import { openCase, type Opened } from '../../platform/cases/open.ts'
import { positionIdsByRole } from '../../platform/accounts/store.ts'
import type { ReceivedComplaint } from './api.ts'
import { complaintDays, deadlinesAt } from './law.ts'
import { atTheDesk, complaintMachine } from './machine.ts'
import { insertComplaint } from './store.ts'
import { ticketMessage } from './ticket-news.ts'

/** The hotspot's health and hours as stored with a case; beyond this it is not a snapshot but a dump. */
const TELEMETRY_CHARACTERS_MAX = 200_000

/**
 * A complaint arrives from a hotspot: numbered, due, on Kominfo's desk, and the box told that it is here. Delivered again,
 * it is found again. A ticket belongs to the box that gave it, so one box cannot take another's code.
 */
export async function receiveComplaint(kernel: Kernel, arrival: ReceivedComplaint): Promise<Opened> {
  const { hotspot } = arrival
  return openCase(kernel, complaintMachine, {
    kind: 'portal',
    title: `Aduan ${arrival.category}, ${hotspot.kelurahanName}`,
    idempotencyKey: `${hotspot.node}:${arrival.code}`,
    userId: null,
    area: hotspot.kelurahan,
    lat: hotspot.lat,
    lon: hotspot.lon,
    secrecy: 'biasa',
    number: 'LP',
    effects: async (trx, at) => {
      const days = await complaintDays(trx, dayInCity(at))
      return atTheDesk({
        deadlines: deadlinesAt(at, at, days, await loadCalendar(trx)),
        receivers: await positionIdsByRole(trx, 'verifier'),
      })
    },
    write: async (trx, opened, at) => {
      const telemetry = JSON.stringify(arrival.telemetry ?? null)
      await insertComplaint(trx, opened.id, arrival, telemetry.length <= TELEMETRY_CHARACTERS_MAX ? telemetry : 'null')
      return {
        summary: 'Aduan diterima dari portal hotspot',
        payload: { node: hotspot.node, category: arrival.category },
        messages: [await ticketMessage(trx, opened, at)],
      }
    },
  })
}
