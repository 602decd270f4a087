/** Whether names still resolve for visitors: asks the box's own resolver, which must ask upstream to know. */
import { randomInt } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'

/** Nobody waits longer for a page. */
const TIMEOUT_MILLISECONDS = 4_000

/**
 * The name itself would be answered from the cache for its whole lifetime, outage or not. A label before it is not known
 * there; out of a thousand only, so that a city of boxes does not look like an attack to whoever answers for the name.
 */
const LABELS = 1_000

/** A name that does not exist, or has no such record, is an answer from upstream. */
const ANSWERS = ['ENOTFOUND', 'ENODATA']

export type DnsTarget = { address: string; port: number; probeName: string }

/** @returns a probe: milliseconds until the answer, null when there was none or the resolver could get none. Never rejects. */
export function dnsProbe(
  { address, port, probeName }: DnsTarget,
  timeoutMilliseconds = TIMEOUT_MILLISECONDS,
): () => Promise<number | null> {
  const server = `${isIPv6(address) ? `[${address}]` : address}:${port}`
  let label = randomInt(LABELS)
  return async () => {
    label = (label + 1) % LABELS
    const resolver = new Resolver({ timeout: timeoutMilliseconds, tries: 1 })
    const timer = setTimeout(() => resolver.cancel(), timeoutMilliseconds)
    const begun = performance.now()
    try {
      resolver.setServers([server])
      await resolver.resolve4(`uji-${label}.${probeName}`)
    } catch (error) {
      if (!ANSWERS.includes((error as NodeJS.ErrnoException).code ?? '')) return null
    } finally {
      clearTimeout(timer)
    }
    return Math.round((performance.now() - begun) * 10) / 10
  }
}
