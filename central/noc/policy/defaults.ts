/** What a fresh city begins with on the screen; nothing is sent to a box before somebody publishes. */
import type { PolicyDocument } from './api.ts'

const MEGABYTE = 1_000_000
const HOUR = 3_600

export const FRESH_POLICY: PolicyDocument = {
  publicGroup: 'publik',
  groups: [
    {
      name: 'publik',
      class: 'public',
      watchSeconds: 30,
      sessionSeconds: HOUR,
      idleSeconds: 900,
      fairUse: { afterOctets: 1_000 * MEGABYTE, rate: { upKbps: 512, downKbps: 1_000 } },
    },
    { name: 'pegawai', class: 'staff', watchSeconds: 0, sessionSeconds: 12 * HOUR },
    { name: 'voucher', class: 'voucher', watchSeconds: 0, sessionSeconds: 8 * HOUR, idleSeconds: HOUR },
    { name: 'perangkat', class: 'device', watchSeconds: 0, sessionSeconds: 24 * HOUR, rate: { upKbps: 2_000, downKbps: 4_000 } },
  ],
  schedules: [],
  members: [],
  bypass: [],
  block: [],
  vouchers: [],
  garden: [],
}
