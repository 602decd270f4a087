/** Who a simulated box is to central. The only place that knows how a box proves its name. */
import type { UplinkOptions } from '#edge/telemetry/uplink.ts'
import type { Profile } from '#scripts/demo-city/places.ts'

export type Identity = { node: string; profile: Profile; token: string }

/** `url` of the broker; `publicKey`: central's, to believe what it says downward. */
export type CentralAddress = { url: string; publicKey: string }

/** @param port where the box's own line begins, when it has one that can be cut. */
export function mqttOf({ token }: Identity, { url, publicKey }: CentralAddress, port?: number): UplinkOptions['mqtt'] {
  return {
    url: port === undefined ? url : Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    token,
    centralKey: publicKey,
  }
}
