/** Hotspots as the command line gives them, and certificates for many of them at once. */
import type { Registry } from './noc/hotspots/registry.ts'
import type { Hotspot, TelemetryStore } from './noc/ingest/store-port.ts'
import type { Authority, IssueProblem } from './pki/authority.ts'
import { createCertificates } from './pki/certificates.ts'
import { StartProblem } from './platform/db/newer.ts'

/** `request`: PKCS#10 as PEM; empty for a hotspot that gets a token. */
export type Wanted = { hotspot: Hotspot; request: string }
export type Certified = { tokens: Record<string, string>; certificates: Record<string, string> }

const WHY: Record<IssueProblem, string> = {
  'unreadable-request': 'its request is no certificate request (PKCS#10) in PEM',
  'unfit-key': 'its key is not EC P-256',
  'no-possession': 'its request is not signed by the key in it',
  'bad-name': 'its name cannot stand in a certificate',
}

/** @throws StartProblem saying what is wrong with the text. */
export function readHotspots(json: string, { requests }: { requests: boolean }): Wanted[] {
  let read: unknown
  try {
    read = JSON.parse(json)
  } catch (cause) {
    throw new StartProblem('Standard input is not JSON. See --help.', { cause })
  }
  if (!Array.isArray(read)) throw new StartProblem('Standard input must hold a JSON array of hotspots. See --help.')
  return (read as (Hotspot & { request?: unknown })[]).map(({ request, ...hotspot }) => {
    if (requests && typeof request !== 'string')
      throw new StartProblem(`Hotspot ${JSON.stringify(hotspot.node)} has no "request". See --help.`)
    return { hotspot, request: typeof request === 'string' ? request : '' }
  })
}

/** Nothing is registered or issued when one of them cannot be. */
export async function certify(
  at: { store: TelemetryStore; registry: Registry; authority: Authority },
  wanted: readonly Wanted[],
): Promise<Certified> {
  const { store, registry, authority } = at
  for (const { hotspot } of wanted) {
    const problem = registry.problemOf(hotspot)
    if (problem) throw new StartProblem(`Hotspot ${JSON.stringify(hotspot.node)} cannot be registered: ${problem}`)
  }
  const orders = wanted.map(({ hotspot, request }) => ({ name: hotspot.node, request, purpose: 'box' as const }))
  const issued = await createCertificates({ store, authority, now: Date.now }).issue(orders)
  if (!issued.ok)
    throw new StartProblem(`Hotspot ${JSON.stringify(orders[issued.place]!.name)} gets no certificate: ${WHY[issued.reason]}.`)
  for (const { hotspot } of wanted) await registry.registerByCertificate(hotspot)
  return { tokens: {}, certificates: Object.fromEntries(issued.certificates.map(({ name, pem }) => [name, pem])) }
}
