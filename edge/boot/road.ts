/** Whether the way to the internet lives: a connection to a host out there, and a name asked of the box's own resolver. */
import type { EdgeConfig } from '../config.ts'
import { dnsProbe } from '../telemetry/dns-probe.ts'
import { unwatched, watchOutages } from '../telemetry/outage-watch.ts'
import type { ProbeSummary } from '../telemetry/probe-window.ts'
import { tcpConnectMilliseconds } from '../telemetry/uplink-probe.ts'
import type { Ground } from './ground.ts'

export type Road = {
  /** Either is known to be down: letting a visitor out would let them out into nothing. */
  isDown(): boolean
  uplinkMilliseconds(): number | null
  /** Undefined where no target is probed. */
  uplinkProbes: (() => ProbeSummary) | undefined
  /** Undefined where no name is probed. */
  dnsMilliseconds: (() => number | null) | undefined
}

export async function watchRoad({ telemetry, dnsmasq }: EdgeConfig, { closing, notices, log }: Ground): Promise<Road> {
  const { uplinkProbe: target } = telemetry
  const telling = (what: 'uplink' | 'dns') => (isDown: boolean) => {
    log(
      what === 'uplink'
        ? `The internet is ${isDown ? 'not reached' : 'reached again'}.`
        : `Names do ${isDown ? 'not resolve' : 'resolve again'}.`,
    )
    notices.tell(isDown ? `${what}-down` : `${what}-up`)
  }
  const [uplink, dns] = await Promise.all([
    target === undefined ? unwatched : watchOutages(() => tcpConnectMilliseconds(target), telling('uplink')),
    dnsmasq?.probeName === undefined
      ? undefined
      : watchOutages(dnsProbe({ address: dnsmasq.address, port: dnsmasq.port, probeName: dnsmasq.probeName }), telling('dns')),
  ])
  closing.later(() => uplink.close())
  closing.later(() => dns?.close())
  return {
    isDown: () => uplink.isDown() || dns?.isDown() === true,
    uplinkMilliseconds: uplink.milliseconds,
    uplinkProbes: target === undefined ? undefined : uplink.recent,
    dnsMilliseconds: dns?.milliseconds,
  }
}
