/** Keeps a connection to central's broker while the box lives, and lets nothing that central says in without its signature. */
import { createPublicKey, randomBytes } from 'node:crypto'
import type { EdgeConfig } from '../config.ts'
import { secureRoad } from '../identity/secure-road.ts'
import type { Ack } from '../wire/ack.ts'
import type { DecodedDesired } from '../wire/desired.ts'
import type { Health } from '../wire/health.ts'
import type { KeptMessage } from '../wire/kept-message.ts'
import type { Signed } from '../wire/signed.ts'
import type { Usage } from '../wire/usage.ts'
import type { Visits } from '../wire/visit.ts'
import { backoffMilliseconds, type Backoff } from './backoff.ts'
import { openConnection, type Connection, type UplinkTimes } from './connection.ts'
import type { ReportedSettings } from './conversation.ts'
import { hearCentral } from './hearing.ts'
import type { UplinkOutbox } from './outbox.ts'

export type UplinkOptions = {
  node: string
  mqtt: EdgeConfig['mqtt']
  version: string
  outbox: UplinkOutbox
  /** The newest samples: they go ahead of everything that waits, so that the map is live during a long drain. */
  liveStatus: () => { usage?: Usage; health?: Health }
  /** Must have stored the message durably when it returns; it may come again. Throwing means: not stored, no receipt. */
  onKept: (message: KeptMessage) => void
  /** Absent: the box runs by its configuration alone and takes no settings. */
  settings?: UplinkSettings
  /**
   * The signed list of people who log in by RADIUS, as it came: whoever takes it checks the signature and never throws.
   * @returns what became of it; of a part of several (`waiting`) and an `old` one nothing is reported.
   */
  onAccounts?: (payload: Uint8Array) => 'taken' | 'waiting' | 'known' | 'old' | 'refused'
  /** Visits at the other boxes of the kelurahan, in the order in which they came. */
  onVisits?: (visits: Visits) => void
  /** Central spoke: its marks, and its clock for a box without one. */
  onAck?: (ack: Ack) => void
  log?: (message: string) => void
  now?: () => number
  /** Whether certificates may be held against this box's time; absent: never, as where clocks are simulated. */
  clockTrusted?: () => boolean
  times?: Partial<UplinkTimes>
  backoff?: Backoff
}

export type UplinkSettings = {
  reported(): ReportedSettings
  /**
   * Central's word, its signature checked already. One at a time.
   * @returns whether it changed what is to be reported. Never rejects.
   */
  take(decoded: DecodedDesired, signed: Signed): Promise<boolean>
}

type UplinkCounters = { connections: number; kept: number; bad: number; lastBad: string | undefined }

export type Uplink = {
  connected(): boolean
  /** What central has on disk by its last word; undefined before it spoke. */
  centralMark(): { t: number; e: number } | undefined
  counters(): UplinkCounters
  close(): Promise<void>
}

const TIMES: UplinkTimes = { statusSeconds: 60, ackTimeoutSeconds: 15, stallSeconds: 180, connectTimeoutSeconds: 20, keepaliveSeconds: 30 }
const BACKOFF: Backoff = { firstMilliseconds: 1_000, maxMilliseconds: 60_000 }

export function startUplink(options: UplinkOptions): Uplink {
  const { node, mqtt, outbox, log = () => {}, now = Date.now, backoff = BACKOFF } = options
  const centralKey = createPublicKey(mqtt.centralKey)
  const run = randomBytes(8).toString('hex')
  const counters = { connections: 0, bad: 0, lastBad: undefined as string | undefined }
  let mark: { t: number; e: number } | undefined
  let connection: Connection | undefined
  let failures = 0
  let told: string | undefined
  let retry: NodeJS.Timeout | undefined
  let closed = false

  const onBad = (reason: string) => {
    counters.bad += 1
    counters.lastBad = reason
  }

  const hearing = hearCentral({ ...options, centralKey, log, onBad, report: () => connection?.report() })

  const onDown = (reason: string) => {
    connection = undefined
    if (closed) return
    // The first failure after a good time is worth a line, and another reason is; a broker that is away for a week is not worth a million.
    if (failures === 0 || reason !== told) log(`The uplink is down (${reason}).`)
    told = reason
    retry = setTimeout(open, backoffMilliseconds(failures, backoff, Math.random()))
    failures += 1
  }

  const times = { ...TIMES, ...options.times }
  const road =
    mqtt.tls &&
    secureRoad({
      url: mqtt.url,
      node,
      files: mqtt.tls,
      clockTrusted: options.clockTrusted ?? (() => false),
      now,
      timeoutSeconds: times.connectTimeoutSeconds,
    })

  const open = () => {
    connection = openConnection({
      node,
      url: mqtt.url,
      token: mqtt.token,
      road,
      version: options.version,
      run,
      outbox,
      liveStatus: options.liveStatus,
      reported: options.settings?.reported,
      onSigned: hearing.onSigned,
      onAck(ack) {
        // Only central's answer proves the road: a broker that accepts and drops must not reset the patience.
        failures = 0
        if (ack.epoch === outbox.epoch()) mark = { t: ack.t, e: ack.e }
        options.onAck?.(ack)
      },
      onBad,
      onUp() {
        counters.connections += 1
        log('The uplink is connected.')
      },
      onDown,
      now,
      times,
    })
  }

  open()
  return {
    connected: () => connection?.isUp() ?? false,
    centralMark: () => mark,
    counters: () => ({ ...counters, kept: hearing.kept() }),
    async close() {
      closed = true
      clearTimeout(retry)
      await connection?.close()
      await hearing.settled()
    },
  }
}
