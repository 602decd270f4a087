/** RADIUS with what it is told from outside: the policy in force, and central's list of people. */
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import type { EdgeConfig } from '../config.ts'
import { openCentralAccounts, type CentralAccounts } from '../radius/central-accounts.ts'
import { radiusReport } from '../radius/radius-report.ts'
import { rejectionReports } from '../radius/rejection-reports.ts'
import { startRadius, type Radius } from '../radius/server.ts'
import type { RadiusReport } from '../wire/desired.ts'
import type { AccessPolicy } from '../wire/policy.ts'
import { nodeTopic } from '../wire/topics.ts'
import type { Ground } from './ground.ts'

export async function openRadius(
  config: EdgeConfig,
  policy: () => AccessPolicy,
  { statePath, outbox, pseudonym, clock, clockTrusted, notices, closing, log }: Ground,
): Promise<{ radius: Radius; accounts: CentralAccounts; report: () => RadiusReport }> {
  const accounts = openCentralAccounts({
    file: join(statePath, 'radius-accounts.json'),
    topic: nodeTopic(config.node, 'a'),
    centralKey: createPublicKey(config.mqtt.centralKey),
    recoverableSecrets: config.radius.recoverableSecrets ?? false,
    trustedNow: () => (clock.trust() === 'ntp' ? clock.now() : undefined),
    notices,
    log,
  })
  const radius = await startRadius({
    config: config.radius,
    stateDir: statePath,
    recorder: outbox,
    pseudonym,
    policy,
    accounts,
    notices,
    now: clock.now,
    clockTrusted,
    log,
  })
  closing.later(() => radius.close())
  const reports = rejectionReports({ rejections: radius.rejections, recorder: outbox })
  closing.later(() => reports.close())
  return { radius, accounts, report: () => radiusReport(config.radius, accounts) }
}
