/** Who may log in by name, from the configuration and from central (wire/radius-accounts.ts). */
import type { EdgeConfig } from '../config.ts'
import type { RadiusUser } from '../wire/radius-accounts.ts'
import { ntPasswordHash } from './mschap/response.ts'
import { parsePasswordHash, SCRYPT_COST, type Cost, type Credentials } from './password.ts'

export type UserEntry = EdgeConfig['radius']['users'][number] | RadiusUser

export type User = Credentials & {
  readonly group?: string
  readonly sessionTimeoutSeconds?: number
  /** Unix milliseconds. */
  readonly until?: number
  /** `user:` and the octets of the name as latin1. */
  readonly account: string
  /** Only of those who opted in: see SecretOfUser in eap/port.ts. */
  readonly ntHash: Buffer | undefined
  readonly clear: Buffer | undefined
}

export type UserTable = {
  /** By the octets of User-Name, so that no two names of different octets meet by way of a replacement character. */
  find(userName: Buffer): User | undefined
  /** `User.account` of each. */
  accounts(): Iterable<string>
  /** What checking one of these users' passwords costs, so that a stranger's costs the same. */
  cost: Cost
}

/** Later lists win over earlier ones. @throws Error naming the user whose hash cannot be read, or who is listed twice in one list. */
export function userTable(...lists: readonly (readonly UserEntry[])[]): UserTable {
  const byOctets = new Map<string, User>()
  for (const users of lists) {
    const names = new Set<string>()
    for (const user of users) {
      const octets = Buffer.from(user.name, 'utf8').toString('latin1')
      if (names.has(octets)) throw new Error(`RADIUS user "${user.name}" is listed twice`)
      names.add(octets)
      byOctets.set(octets, readUser(user, `user:${octets}`))
    }
  }
  const [first] = byOctets.values()
  return {
    find: (userName) => byOctets.get(userName.toString('latin1')),
    accounts: () => [...byOctets.values()].map(({ account }) => account),
    cost: first?.parsed ?? SCRYPT_COST,
  }
}

function readUser(user: UserEntry, account: string): User {
  const parsed = parsePasswordHash(user.passwordHash)
  if (parsed === undefined) throw new Error(`RADIUS user "${user.name}": the password hash is not scrypt$N$r$p$salt$hash within our limits`)
  const { name, passwordHash, group, sessionTimeoutSeconds } = user
  const clear = 'password' in user && user.password !== undefined ? Buffer.from(user.password, 'utf8') : undefined
  const ntHash = 'ntHash' in user && user.ntHash !== undefined ? Buffer.from(user.ntHash, 'hex') : clear && ntPasswordHash(clear)
  return {
    name,
    passwordHash,
    parsed,
    account,
    ...(group !== undefined && { group }),
    ...(sessionTimeoutSeconds !== undefined && { sessionTimeoutSeconds }),
    ...('until' in user && user.until !== undefined && { until: user.until }),
    ntHash,
    clear,
  }
}
