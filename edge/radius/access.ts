/** An Access-Request as the facts that authorize() decides on: what method it uses and whether the password is right. */
import { readOctets } from './attributes.ts'
import { ATTRIBUTE } from './dictionary/standard.ts'
import { unhidePassword } from './authenticator.ts'
import { authorize, type AccessDecision } from './authorize.ts'
import { attributeAt, authenticatorOf, type Packet } from './packet.ts'
import type { PasswordVerifier } from './password.ts'
import type { SharedSecret } from './secret.ts'
import type { UserTable } from './users.ts'

/** At once where no scrypt is needed. `busy`: too many passwords are being checked; say nothing and be asked again. */
export function decideAccess(
  packet: Packet,
  secret: SharedSecret,
  { users, verifier }: { users: UserTable; verifier: PasswordVerifier },
): AccessDecision | Promise<AccessDecision | 'busy'> {
  const eap = readOctets(packet, 'EAP-Message')
  if (eap) return authorize({ method: 'eap', identifier: eap[1] ?? 0 })
  const hidden = readOctets(packet, 'User-Password')
  if (hidden === undefined) return authorize({ method: attributeAt(packet, ATTRIBUTE['CHAP-Password'].type) < 0 ? 'none' : 'chap' })
  const password = unhidePassword(hidden, authenticatorOf(packet), secret)
  const userName = readOctets(packet, 'User-Name')
  const user = userName && users.find(userName)
  if (password === undefined) return authorize({ method: 'pap', user, passwordMatches: false })
  if (user && verifier.remembers(user, password)) {
    password.fill(0)
    return authorize({ method: 'pap', user, passwordMatches: true })
  }
  return verifier
    .verify(user, password, users.cost)
    .then((verdict) => (verdict === 'busy' ? 'busy' : authorize({ method: 'pap', user, passwordMatches: verdict === 'match' })))
    .finally(() => password.fill(0))
}
