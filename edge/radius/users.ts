import type { EdgeConfig } from '../config.ts'
import { parsePasswordHash, SCRYPT_COST, type Cost, type Credentials } from './password.ts'

type User = Credentials & { readonly sessionTimeoutSeconds?: number; readonly group?: string }

export type UserTable = {
  /** By the octets of User-Name, so that no two names of different octets meet by way of a replacement character. */
  find(userName: Buffer): User | undefined
  /** What checking one of these users' passwords costs, so that a stranger's costs the same. */
  cost: Cost
}

/** @throws Error naming the user whose hash cannot be read, or who is listed twice. */
export function userTable(users: EdgeConfig['radius']['users']): UserTable {
  const byOctets = new Map<string, User>()
  for (const user of users) {
    const parsed = parsePasswordHash(user.passwordHash)
    if (parsed === undefined)
      throw new Error(`RADIUS user "${user.name}": the password hash is not scrypt$N$r$p$salt$hash within our limits`)
    const octets = Buffer.from(user.name, 'utf8').toString('latin1')
    if (byOctets.has(octets)) throw new Error(`RADIUS user "${user.name}" is listed twice`)
    byOctets.set(octets, { ...user, parsed })
  }
  const [first] = byOctets.values()
  return { find: (userName) => byOctets.get(userName.toString('latin1')), cost: first?.parsed ?? SCRYPT_COST }
}
