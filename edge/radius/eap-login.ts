/** What stands between the front and the EAP engine (eap/port.ts): attributes in, attributes out, and the accounts. */
import { readFileSync } from 'node:fs'
import type { EdgeConfig } from '../config.ts'
import { eapFailure, grantAccess, type AccessDesk, type AccessRequest, type Outcome } from './access.ts'
import { octetsAttribute, readInteger, readJoined, readOctets, splitAttribute } from './attributes.ts'
import { reject } from './authorize.ts'
import type { EapAccounts, EapAnswer, EapEngine, EapSettings } from './eap/port.ts'
import { keysOfMsk, mppeAttributes } from './mppe.ts'
import { authenticatorOf } from './packet.ts'

type EapConfig = NonNullable<EdgeConfig['radius']['eap']>

/** @throws Error when a file cannot be read. */
export function readEapSettings(config: EapConfig): EapSettings {
  const optional = (file: string | undefined): string | undefined => (file === undefined ? undefined : readFileSync(file, 'utf8'))
  return {
    methods: config.methods,
    innerMethods: config.innerMethods,
    serverKey: readFileSync(config.keyFile, 'utf8'),
    serverCertificates: readFileSync(config.certificateFile, 'utf8'),
    clientAuthorities: optional(config.clientAuthoritiesFile),
    revocationLists: optional(config.revocationListsFile),
  }
}

/** Asks the desk as it is at that moment: its users change while it serves. */
export const eapAccounts = (desk: AccessDesk): EapAccounts => ({
  async verifyPassword(identity, password) {
    const user = desk.users.find(identity)
    if (user && desk.verifier.remembers(user, password)) return 'match'
    return desk.verifier.verify(user, password, desk.users.cost)
  },
  secretOf(identity) {
    const user = desk.recoverableSecrets ? desk.users.find(identity) : undefined
    if (user?.clear) return { kind: 'clear', octets: user.clear }
    return user?.ntHash && { kind: 'nt-hash', octets: user.ntHash }
  },
  knowsCertificate: ({ identity }) => desk.users.find(identity) !== undefined,
})

export async function answerEap(request: AccessRequest, engine: EapEngine, desk: AccessDesk): Promise<Outcome> {
  const { packet, client, source, now } = request
  const eap = readJoined(packet, 'EAP-Message')
  if (eap === undefined) return { silence: 'eap-malformed' }
  const answer = await engine.answer({
    client: client.name,
    source,
    eap,
    state: readOctets(packet, 'State'),
    userName: readOctets(packet, 'User-Name'),
    framedMtu: readInteger(packet, 'Framed-MTU'),
    now,
  })
  return conclude(request, answer, desk)
}

function conclude(request: AccessRequest, answer: EapAnswer, desk: AccessDesk): Outcome {
  switch (answer.kind) {
    case 'challenge':
      return {
        code: 'Access-Challenge',
        attributes: [...splitAttribute('EAP-Message', answer.eap), octetsAttribute('State', answer.state)],
      }
    case 'reject':
      return reject(`eap-${answer.reason}`, undefined, splitAttribute('EAP-Message', answer.eap))
    case 'discard':
      return { silence: answer.reason }
    case 'accept':
      return admit(request, answer, desk)
  }
}

/** Proven is not yet admitted: the group may be closed. Then EAP's own success must not leave the house (RFC 3579 §2.6.3). */
function admit(request: AccessRequest, { eap, msk, proven }: Extract<EapAnswer, { kind: 'accept' }>, desk: AccessDesk): Outcome {
  const { packet, client } = request
  const user = desk.users.find(proven.identity)
  if (user === undefined) return reject('wrong-credentials', undefined, [eapFailure(packet)])
  const decision = grantAccess(request, user, desk)
  if (decision.code !== 'Access-Accept') return { ...decision, attributes: [eapFailure(packet), ...decision.attributes] }
  const keys = mppeAttributes(keysOfMsk(msk), authenticatorOf(packet), client.secret)
  return { code: 'Access-Accept', attributes: [...splitAttribute('EAP-Message', eap), ...keys, ...decision.attributes] }
}
