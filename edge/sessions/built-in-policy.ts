import type { AccessPolicy } from '../wire/policy.ts'

/** What holds until central has sent a policy: everybody is public and gets what the box was provisioned with. */
export const builtInPolicy = ({ watchSeconds, sessionSeconds }: { watchSeconds: number; sessionSeconds: number }): AccessPolicy => ({
  publicGroup: 'public',
  groups: [{ name: 'public', class: 'public', watchSeconds, sessionSeconds }],
  schedules: [],
  members: [],
  bypass: [],
  block: [],
  vouchers: [],
  garden: [],
})
