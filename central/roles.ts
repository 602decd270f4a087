/** What one central process does. Pure. */

/** web: people and their screens · ingest: telemetry into the database · jobs: retention, resending, messages out. */
export const ROLES = ['web', 'ingest', 'jobs'] as const
export type CentralRole = (typeof ROLES)[number]

/** Undefined when it cannot be read. */
export function readRoles(text: string): readonly CentralRole[] | undefined {
  const wanted = text.split(',').map((word) => word.trim())
  if (!wanted.every((word): word is CentralRole => (ROLES as readonly string[]).includes(word))) return undefined
  return ROLES.filter((role) => wanted.includes(role))
}
