/**
 * Class: what we say in an Access-Accept and hear again in every accounting record of the session (RFC 2865 §5.25), so that
 * a session knows its group and account though its records come after a restart. Holds no name: a pseudonym under the box's key.
 */
import { GROUP_NAME_PATTERN } from '../wire/policy.ts'

export type AccountClass = { account: string; group: string | undefined }

export const writeClass = ({ account, group }: AccountClass): Buffer => Buffer.from(`bc1 ${account} ${group ?? '-'}`, 'latin1')

const FORM = new RegExp(`^bc1 ([0-9a-f]{16}) (-|${GROUP_NAME_PATTERN.slice(1, -1)})$`)
const OCTETS_MAX = 64

/** Undefined for another server's, or one that somebody made up. */
export function readClass(octets: Buffer | undefined): AccountClass | undefined {
  if (octets === undefined || octets.length > OCTETS_MAX) return undefined
  const [, account, group] = FORM.exec(octets.toString('latin1')) ?? []
  return account === undefined ? undefined : { account, group: group === '-' ? undefined : group }
}
