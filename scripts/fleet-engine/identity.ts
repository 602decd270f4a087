/** Who a simulated box is to central. The only place that knows how a box proves its name. */
import { createPrivateKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateRequest, newKey } from '#edge/identity/request.ts'
import type { UplinkOptions } from '#edge/telemetry/uplink.ts'
import type { Place, Profile } from '#scripts/demo-city/places.ts'

/** token: null when the box comes in by a certificate of its own, whose files are in the fleet's folder. */
export type Identity = { node: string; profile: Profile; token: string | null }

/** `url` of the broker; `publicKey`: central's, to believe what it says downward. */
export type CentralAddress = { url: string; publicKey: string }

const filesIn = (folder: string, node: string) => ({
  ca: join(folder, 'identities', 'authority.pem'),
  certificate: join(folder, 'identities', `${node}.pem`),
  key: join(folder, 'identities', `${node}.key`),
})

/** @param port where the box's own line begins, when it has one that can be cut. */
export function mqttOf(
  { node, token }: Identity,
  { url, publicKey }: CentralAddress,
  folder: string,
  port?: number,
): UplinkOptions['mqtt'] {
  const own = port === undefined ? url : Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href
  return { url: own, centralKey: publicKey, ...(token === null ? { tls: filesIn(folder, node) } : { token }) }
}

/** Each box makes its own key; central sees the request only. @returns requests (PEM) by node. */
export function makeKeys(folder: string, nodes: readonly string[]): Map<string, string> {
  mkdirSync(join(folder, 'identities'), { recursive: true, mode: 0o700 })
  return new Map(
    nodes.map((node) => {
      const key = newKey()
      writeFileSync(filesIn(folder, node).key, key, { mode: 0o600 })
      return [node, certificateRequest(createPrivateKey(key), node)]
    }),
  )
}

/** What central gave these boxes. @throws when it gave one of them nothing. */
export function keepIdentities(
  folder: string,
  places: readonly Place[],
  given: { authority: string; tokens: Record<string, string>; certificates: Record<string, string> },
): Identity[] {
  return places.map(({ node, profile }) => {
    const token = given.tokens[node]
    const certificate = given.certificates[node]
    if (token === undefined && certificate === undefined) throw new Error(`Central gave ${node} neither token nor certificate.`)
    if (certificate !== undefined) {
      const files = filesIn(folder, node)
      writeFileSync(files.ca, given.authority)
      writeFileSync(files.certificate, certificate)
    }
    return { node, profile, token: token ?? null }
  })
}
