/** The parts of the front, put together: what serve() works with. */
import { join } from 'node:path'
import { openAccountNames } from './account-names.ts'
import { clientTable, type Client } from './clients.ts'
import { counters } from './counters.ts'
import { duplicateCache } from './duplicates.ts'
import { answerEap, eapAccounts, readEapSettings } from './eap-login.ts'
import type { EapEngine } from './eap/port.ts'
import { passwordVerifier } from './password.ts'
import { rateLimiter, REQUESTS_BURST, REQUESTS_PER_SECOND, SOURCES_MAX } from './rate.ts'
import { rejectionLog } from './rejections.ts'
import { remembering } from './remembering.ts'
import { reporter } from './reports.ts'
import { accessRules } from './rules.ts'
import type { Desk } from './serve.ts'
import type { RadiusParts } from './server.ts'
import { openSessionsStore } from './sessions-store.ts'
import { userTable } from './users.ts'
import { builtInPolicy } from '../sessions/built-in-policy.ts'
import { openVouchers } from './vouchers.ts'

/** A code has 40 random bits; what this bounds is the cost of a try, a digest for each of up to 1,000 vouchers. */
const VOUCHER_TRIES = { perSecond: 2, burst: 60, sourcesMax: 256 }

/** A box that no central has told anything: nobody watches a film before a login by RADIUS, and half a day is a session. */
const NO_POLICY = builtInPolicy({ watchSeconds: 0, sessionSeconds: 43_200 })

/** @throws Error when the configuration, a key, a certificate or the store is unusable; nothing is left open then. */
export async function openDesk(parts: RadiusParts): Promise<{ desk: Desk; engine: EapEngine | undefined }> {
  const { config, stateDir, recorder, now = Date.now, rateLimit, log, policy = () => NO_POLICY, clockTrusted = () => true } = parts
  const count = counters()
  const pseudonym = remembering(parts.pseudonym)
  const clients = clientTable(config.clients)
  const users = userTable(config.users, parts.accounts?.users() ?? [])
  const accountName = openAccountNames(join(stateDir, 'radius-accounts.key'))
  const store = openSessionsStore({
    file: join(stateDir, 'radius.sqlite'),
    onReportsDropped: (dropped) => count.fault('report-dropped', dropped),
    ...(log && { log }),
  })
  let engine: EapEngine | undefined
  const desk: Desk = {
    clients,
    users,
    store,
    count,
    pseudonym,
    accountName,
    now,
    limiter: rateLimiter(rateLimit ?? { perSecond: REQUESTS_PER_SECOND, burst: REQUESTS_BURST, sourcesMax: SOURCES_MAX }),
    reports: reporter({ store, recorder, onFailure: () => count.fault('record-failed') }),
    duplicates: duplicateCache(),
    verifier: passwordVerifier(),
    rules: accessRules({ policy, pseudonym, now, clockTrusted }),
    vouchers: openVouchers(store),
    voucherTries: rateLimiter(VOUCHER_TRIES),
    rejections: rejectionLog({ now, pseudonym, accountName }),
    recoverableSecrets: config.recoverableSecrets ?? false,
    eap: config.eap && ((request) => answerEap(request, engine!, desk)),
    onUnproven: tellOnce(parts),
    changes: undefined,
    closed: false,
  }
  if (config.eap) {
    try {
      // Loaded only where it is used: it brings node:tls along.
      const [{ openEap }, { renewing }] = await Promise.all([import('./eap/engine.ts'), import('./eap/renewal.ts')])
      const eap = config.eap
      const settings = readEapSettings(eap)
      const opened = openEap({ settings, accounts: eapAccounts(desk), limits: parts.eapLimits ?? {} })
      engine = renewing(
        opened,
        settings,
        () => readEapSettings(eap),
        (reason) => log?.(`EAP goes on with the certificates it has: ${reason}`),
      )
    } catch (error) {
      store.close()
      throw error
    }
  }
  return { desk, engine }
}

/** Each legacy client that really leaves its requests unsigned, once per run of the program. */
function tellOnce({ notices }: RadiusParts): (client: Client) => void {
  const told = new Set<string>()
  return ({ name }) => {
    if (told.has(name)) return
    told.add(name)
    notices?.tell('radius-legacy', { detail: name })
  }
}
