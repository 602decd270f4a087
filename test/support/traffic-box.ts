/** A box under traffic in this process: the product's outbox and uplink, its identity in files, and a list of what it was told is safe. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openOutbox, type Outbox } from '#edge/telemetry/outbox.ts'
import { startUplink, type Uplink } from '#edge/telemetry/uplink.ts'
import type { TestIdentity } from './pki.ts'
import { health, session, usage } from './records.ts'

export type TrafficBox = {
  node: string
  outbox: Outbox
  uplink: Uplink
  /** Ids of the sessions that its outbox took. */
  accepted: string[]
  log: string[]
  /** What a renewal does: new files in the old ones' places. */
  use(identity: TestIdentity): void
  /** One session every so often until `stop`; @returns when it has ended. */
  traffic(stop: AbortSignal): Promise<void>
  /** Central has said that it has all of it. */
  isDrained(): boolean
  close(): Promise<void>
}

const EVERY_MILLISECONDS = 3

export function trafficBox(at: { node: string; port: number; folder: string; identity: TestIdentity; centralKey: string }): TrafficBox {
  const { node, folder } = at
  const files = { ca: join(folder, `${node}-ca.pem`), certificate: join(folder, `${node}.pem`), key: join(folder, `${node}.key`) }
  const put = (file: string, text: string) => {
    writeFileSync(`${file}.new`, text, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const use = ({ ca, cert, key }: TestIdentity) => {
    put(files.ca, ca)
    put(files.certificate, cert)
    put(files.key, key)
  }
  use(at.identity)
  const log: string[] = []
  const outbox = openOutbox({ file: join(folder, `${node}.db`), bytesMax: 32 * 1024 * 1024, groupSeconds: 1, clockTrust: () => 'ntp' })
  const uplink = startUplink({
    node,
    mqtt: { url: `mqtts://127.0.0.1:${at.port}`, tls: files, centralKey: at.centralKey },
    version: 'test',
    outbox,
    liveStatus: () => ({ usage: usage(), health: health() }),
    onKept: () => undefined,
    times: { ackTimeoutSeconds: 0.5 },
    backoff: { firstMilliseconds: 30, maxMilliseconds: 150 },
    log: (line) => void log.push(line),
  })
  const accepted: string[] = []
  return {
    node,
    outbox,
    uplink,
    accepted,
    log,
    use,
    async traffic(stop) {
      while (!stop.aborted) {
        const id = `p-${node}-${accepted.length + 1}`
        outbox.record('session', session({ id }))
        accepted.push(id)
        await setTimeout(EVERY_MILLISECONDS)
      }
    },
    isDrained: () => uplink.centralMark()?.e === outbox.bounds('e').hi && uplink.centralMark()?.t === outbox.bounds('t').hi,
    async close() {
      await uplink.close()
      outbox.close()
    },
  }
}
