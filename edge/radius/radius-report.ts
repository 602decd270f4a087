/** What central is told of RADIUS here: which list of people is in force, and from where logins are answered. No secret. */
import { RADIUS_CLIENTS_TOLD_MAX, type RadiusReport } from '../wire/desired.ts'
import type { ToldAccounts } from './central-accounts.ts'

/** The wire's (desired.ts). */
const NAME_LETTERS_MAX = 80

type Told = {
  /** `address` absent: known by certificate. */
  clients: readonly { name: string; address?: string; vendor?: string; messageAuthenticator?: 'require' | 'legacy' }[]
  recoverableSecrets?: boolean | undefined
}

export function radiusReport({ clients, recoverableSecrets = false }: Told, accounts: ToldAccounts): RadiusReport {
  const refused = accounts.refused()
  return {
    accounts: accounts.version(),
    ...(refused && { refused }),
    recoverableSecrets,
    clients: clients.slice(0, RADIUS_CLIENTS_TOLD_MAX).map(({ name, address = '', vendor = 'generic', messageAuthenticator }) => ({
      name: name.slice(0, NAME_LETTERS_MAX),
      address,
      vendor,
      legacy: messageAuthenticator === 'legacy',
    })),
    clientCount: clients.length,
  }
}
