/**
 * Ends a box's connection at a broker elsewhere. Mosquitto reads a revocation list for new connections only, so central comes
 * in under the box's own name for a moment: the broker ends the older connection of a name (MQTT 3.1.1 §3.1.4), and the box
 * cannot come back once the broker has read the list.
 */
import { once, type EventEmitter } from 'node:events'
import { rootCertificates } from 'node:tls'
import { connect } from 'mqtt'
import type { OwnCertificate } from '../../pki/own-certificate.ts'

const CONNECT_MILLISECONDS = 5_000
/** A broker that has not read the list yet lets the box in again, and a box in its own right must not be thrown out all the time. */
const AGAIN_MILLISECONDS = 10_000
const RECENT_MAX = 1_000

export function createStandIn(deps: {
  url: string
  /** In the box's name, for minutes. */
  certificate: (node: string) => Promise<OwnCertificate>
  onProblem: (what: string, error: unknown) => void
}): (node: string) => void {
  const recent = new Map<string, number>()

  async function standIn(node: string): Promise<void> {
    const { key, cert, ca } = await deps.certificate(node)
    const client = connect(deps.url, {
      key,
      cert,
      ca: [ca, ...rootCertificates],
      protocolVersion: 4,
      clientId: node,
      clean: true,
      connectTimeout: CONNECT_MILLISECONDS,
      reconnectPeriod: 0,
    })
    try {
      await once(client as unknown as EventEmitter, 'connect', { signal: AbortSignal.timeout(CONNECT_MILLISECONDS) })
    } finally {
      // Whatever else it says while it goes is nobody's concern.
      client.on('error', () => undefined)
      await client.endAsync(true)
    }
  }

  return (node) => {
    const now = performance.now()
    if (now - (recent.get(node) ?? -Infinity) < AGAIN_MILLISECONDS) return
    if (recent.size >= RECENT_MAX) recent.clear()
    recent.set(node, now)
    standIn(node).catch((error: unknown) => deps.onProblem(`ending the connection of ${node} at the broker`, error))
  }
}
