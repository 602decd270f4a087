/** Valid bodies for tests, one per kind that they need. */
import type { Complaint } from '#edge/wire/complaint.ts'
import type { Desired } from '#edge/wire/desired.ts'
import type { Health } from '#edge/wire/health.ts'
import type { Session } from '#edge/wire/session.ts'
import type { Usage } from '#edge/wire/usage.ts'

export const usage = (downOctets = 123_456): Usage => ({
  seconds: 60,
  online: 7,
  waiting: 2,
  upOctets: 1_234,
  downOctets,
  admitted: 1,
  portalPages: 12,
})

export const session = (id: string): Session => ({
  id,
  source: 'portal',
  event: 'start',
  device: '00112233aabbccdd',
  startedAt: 1_790_000_000_000,
  seconds: 0,
  upOctets: 0,
  downOctets: 0,
})

export const complaint = (code: string): Complaint => ({
  code,
  category: 'lampu',
  text: 'Lampu jalan di depan poskamling padam sejak Senin malam.',
  anonymous: true,
  language: 'id',
})

export const health = (): Health => ({
  cpu: 0.12,
  memoryUsed: 0.41,
  diskUsed: 0.2,
  temperatureCelsius: null,
  uptimeSeconds: 86_400,
  gate: 'enforcing',
  outboxRecords: 3,
  outboxAgeSeconds: 45,
  outboxDropped: 0,
  radius: { accepts: 1, rejects: 0, accounting: 2, discarded: 0 },
  uplinkMilliseconds: 18.4,
  version: '0.1.0',
})

export const desired = (changes: Partial<Desired> = {}): Desired => ({
  v: 1,
  version: 1_790_000_000_000,
  sentAt: 1_790_000_000_100,
  policy: {
    publicGroup: 'warga',
    groups: [{ name: 'warga', class: 'public', watchSeconds: 30, sessionSeconds: 14_400, rate: { upKbps: 2_000, downKbps: 5_000 } }],
    schedules: [],
    members: [],
    bypass: [],
    block: [{ mac: 'a6:00:00:00:00:02', until: 1_999_000_000_000 }],
    vouchers: [],
    garden: ['madiunkota.go.id'],
  },
  ...changes,
})
