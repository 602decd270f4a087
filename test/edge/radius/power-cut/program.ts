/** Accounting in use, to be recorded: groups of records, changes and vouchers in between, and restarts. Argument: a ProgramArgument. */
import { join } from 'node:path'
import type { SessionRecord } from '#edge/radius/accounting.ts'
import { openSessionsStore } from '#edge/radius/sessions-store.ts'
import { seededRandom } from '#scripts/demo-city/random.ts'
import { openLedger } from '#scripts/fault-suite/power-cut/ledger.ts'
import type { ProgramArgument } from '#scripts/fault-suite/power-cut/subject.ts'
import { SESSIONS, STORE_FILE, T0, type AccountingLine } from './subject.ts'

const { folder, seed, rounds } = JSON.parse(process.argv[2]!) as ProgramArgument
const random = seededRandom(seed)
const say = openLedger<AccountingLine>(folder)
const open = () => openSessionsStore({ file: join(folder, STORE_FILE) })

const recordOf = (session: number, octets: number): SessionRecord => ({
  status: 'Interim-Update',
  nasKey: 'ap\nap-1',
  nas: 'ap-1',
  acctSessionId: `s${session}`,
  sessionKey: `key-${session}`,
  device: '0123456789abcdef',
  at: T0 + octets * 1_000,
  acctSessionTimeSeconds: octets,
  inputOctets: octets,
  outputOctets: 2 * octets,
  acctTerminateCause: undefined,
  account: undefined,
  group: undefined,
  source: '10.77.0.2',
})

let store = open()
for (let round = 1; round <= rounds; round++) {
  const batch = Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * SESSIONS))
  const answered = batch.map(
    (session) =>
      new Promise<void>((resolve) => {
        store.submit(recordOf(session, round), (outcome) => {
          if (outcome === 'durable') say({ session, octets: round })
          resolve()
        })
      }),
  )
  // Some rounds overlap with a voucher's own commit, and some end in the middle.
  if (random() < 0.2 && store.holdVoucher(`v${round}`, '0123456789abcdef')) say({ voucher: `v${round}` })
  if (random() < 0.05) {
    store.close()
    store = open()
  }
  await Promise.all(answered)
}
process.exit(0)
