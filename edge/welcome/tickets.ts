import type { Mac } from '../gate/port.ts'
import { secondsBetween, type Now } from '../sessions/moment.ts'
import type { Recorder } from '../telemetry/port.ts'
import type { Complaint } from '../wire/complaint.ts'
import type { TicketStatus } from '../wire/kept-message.ts'
import type { TicketPage } from '../wire/page.ts'
import { decodeBody } from '../wire/schemas.ts'
import type { TicketStore } from './store.ts'
import { newTicketCode } from './ticket-code.ts'

/** A person reports a street a few times; a machine does it hundreds of times. */
const PER_DEVICE_HOURLY = 5
/** Devices change their address at will, so the hotspot as a whole has a limit too. */
const PER_HOTSPOT_HOURLY = 30
const HOUR_SECONDS = 3600
/** Recorded but not committed here (a full disk in between): remembered so that trying again does not report twice. */
const UNSETTLED_MAX = 100

/** Two of 2^40 codes meet once in a city's lifetime; three in a row is a broken random source. */
const CODE_ATTEMPTS = 3

export type Filed = { ok: true; code: string } | { ok: false; reason: 'too-many' }
export type KnownTicket = Pick<TicketPage, 'code' | 'category' | 'filedAt' | 'delivered' | 'inMemory' | 'latest' | 'history'>

export type Tickets = ReturnType<typeof createTickets>

export function createTickets(deps: {
  store: TicketStore
  recorder: Recorder
  now: Now
  newCode?: () => string
  /** False while what this box keeps is gone with its power. */
  isDurable?: () => boolean
}) {
  const { store, recorder, now, newCode = newTicketCode, isDurable = () => true } = deps
  const unsettled = new Map<string, { code: string; seq: number }>()

  function tooMany(device: string): boolean {
    const at = now()
    const lastHour: string[] = []
    const over: string[] = []
    for (const ticket of store.recent()) {
      if (secondsBetween(ticket.filed, at) < HOUR_SECONDS) lastHour.push(ticket.device)
      else over.push(ticket.code)
    }
    try {
      if (over.length > 0) store.forgetDevices(over)
    } catch {
      // On a disk that takes nothing they are forgotten later; the form is shown all the same.
    }
    return lastHour.length >= PER_HOTSPOT_HOURLY || lastHour.filter((one) => one === device).length >= PER_DEVICE_HOURLY
  }

  /** A code never given out, neither here nor, as far as this box was told, anywhere. */
  function freshCode(): string {
    for (let attempt = 1; attempt <= CODE_ATTEMPTS; attempt++) {
      const code = newCode()
      if (!store.byCode(code) && !store.latest(code)) return code
    }
    throw new Error('no unused ticket code could be found')
  }

  return {
    /** Whether the form may be shown, or the other doors must be. */
    tooMany,

    /**
     * One form, one ticket: sent twice, the same code comes back.
     * @throws when the complaint could not be made durable; then nothing of it is left here.
     */
    file(from: { mac: Mac; form: string }, complaint: Omit<Complaint, 'code'>): Filed {
      const before = store.byForm(from.form)
      if (before) return { ok: true, code: before.code }
      if (tooMany(from.mac)) return { ok: false, reason: 'too-many' }
      const settled = unsettled.get(from.form)
      const code = settled?.code ?? freshCode()
      const body = decodeBody('complaint', { ...complaint, code })
      if (!body.ok) throw new Error(`a complaint passed the form and not the wire: ${body.reason}`)
      store.file({ code, form: from.form, device: from.mac, category: complaint.category, filed: now() }, () => {
        if (settled) return settled.seq
        const seq = recorder.record('complaint', body.value)
        if (unsettled.size < UNSETTLED_MAX) unsettled.set(from.form, { code, seq })
        return seq
      })
      unsettled.delete(from.form)
      return { ok: true, code }
    },

    /** What whoever has the code may see: never the words, never the reporter. */
    find(code: string): KnownTicket | undefined {
      const ticket = store.byCode(code)
      const latest = store.latest(code)
      if (!ticket && !latest) return undefined
      const delivered = latest !== undefined || (ticket !== undefined && recorder.eventDelivered(ticket.seq))
      return {
        code,
        ...(ticket ? { category: ticket.category, filedAt: ticket.filed.at } : {}),
        delivered,
        ...(delivered || isDurable() ? {} : { inMemory: true }),
        ...(latest ? { latest } : {}),
        history: store.steps(code),
      }
    },

    /** Idempotent: the highest version is shown, a late older one only joins the history. On disk when this returns. */
    keepTicketStatus: (status: TicketStatus): void => store.keepStatus(status),
  }
}
