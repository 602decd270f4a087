/** What accounting may never do: forget a record that was acknowledged, hold a session twice, or a voucher's device. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { nothingFound, type Subject } from '#scripts/fault-suite/power-cut/subject.ts'

/** A record of this session with these counters was acknowledged; or this voucher's device was let in. */
export type AccountingLine = { session: number; octets: number } | { voucher: string }

export const SESSIONS = 60
export const STORE_FILE = 'radius.sqlite'
export const T0 = 1_790_000_000_000

export const accountingSubject: Subject = {
  name: 'accounting',
  program: join(import.meta.dirname, 'program.ts'),
  controls: ['no-fsync'],
  inspect(folder, lines) {
    const found = nothingFound()
    const acknowledged = new Map<number, number>()
    const vouchers: string[] = []
    for (const line of lines as readonly AccountingLine[])
      if ('voucher' in line) vouchers.push(line.voucher)
      else acknowledged.set(line.session, Math.max(line.octets, acknowledged.get(line.session) ?? 0))
    const store = openSessionsStore({ file: join(folder, STORE_FILE) })
    try {
      const sessions = store.sessions()
      const kept = new Map(sessions.map((session) => [session.acctSessionId, session]))
      found.duplicated = sessions.length - kept.size
      for (const [session, octets] of acknowledged) {
        found.accepted++
        const row = kept.get(`s${session}`)
        if (row && row.upOctets >= octets && row.downOctets >= 2 * octets && row.seconds >= octets) found.stored++
        else found.lost++
      }
      const held = new Set(store.voucherHolders().map(({ voucher }) => voucher))
      for (const voucher of vouchers) {
        found.accepted++
        if (held.has(voucher)) found.stored++
        else found.lost++
      }
      found.unreadable = readdirSync(folder).some((name) => name.includes('.damaged-'))
    } finally {
      store.close()
    }
    return found
  },
}
