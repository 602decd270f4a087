/** Keeps a connection to central's broker while the box lives, and lets nothing that central says in without its signature. */
import { createPublicKey } from 'node:crypto'
import type { EdgeConfig } from '../config.ts'
import type { Ack } from '../wire/ack.ts'
import { decodeDesired, type DecodedDesired } from '../wire/desired.ts'
import type { Health } from '../wire/health.ts'
import type { KeptMessage } from '../wire/kept-message.ts'
import type { Signed } from '../wire/signed.ts'
import type { Usage } from '../wire/usage.ts'
import { decodeVisits, type Visits } from '../wire/visit.ts'
import { backoffMilliseconds, type Backoff } from './backoff.ts'
import { openConnection, type Connection, type UplinkTimes } from './connection.ts'
import type { ReportedSettings } from './conversation.ts'
import { openFromCentral } from './from-central.ts'
import { openKept, receiptsOnTheWay } from './kept.ts'
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
  /** Visits at the other boxes of the kelurahan, in the order in which they came. */
  onVisits?: (visits: Visits) => void
  /** Central spoke: its marks, and its clock for a box without one. */
  onAck?: (ack: Ack) => void
  log?: (message: string) => void
  now?: () => number
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
/** Central sends one now and then; a broker that repeats them without end fills no memory. */
const SETTINGS_WAITING_MAX = 32
const BACKOFF: Backoff = { firstMilliseconds: 1_000, maxMilliseconds: 60_000 }

export function startUplink(options: UplinkOptions): Uplink {
  const { node, mqtt, outbox, log = () => {}, now = Date.now, backoff = BACKOFF } = options
  const centralKey = createPublicKey(mqtt.centralKey)
  const counters: UplinkCounters = { connections: 0, kept: 0, bad: 0, lastBad: undefined }
  const receipts = receiptsOnTheWay((seq) => outbox.eventDelivered(seq))
  let mark: { t: number; e: number } | undefined
  let connection: Connection | undefined
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let closed = false

  const onBad = (reason: string) => {
    counters.bad += 1
    counters.lastBad = reason
  }

  const keep = (topic: string, payload: Uint8Array) => {
    const opened = openKept(topic, payload, centralKey)
    if (!opened.ok) return onBad(opened.reason)
    try {
      options.onKept(opened.value)
      counters.kept += 1
      if (receipts.isDue(opened.value.id)) receipts.add(opened.value.id, outbox.record('receipt', { message: opened.value.id }))
    } catch (error) {
      // No receipt, so central sends it again at the next hello.
      log(`A message from central could not be stored: ${(error as Error).message}`)
    }
  }

  /** One after the other: an older offer must not be applied while a newer one is half taken. */
  let taking = Promise.resolve()
  let waiting = 0
  const takeSettings = (settings: UplinkSettings) => (topic: string, payload: Uint8Array) => {
    const opened = openFromCentral(topic, payload, centralKey)
    if (!opened.ok) return onBad(opened.reason)
    const decoded = decodeDesired(opened.value.body)
    if (!decoded.ok) onBad(decoded.reason)
    if (waiting >= SETTINGS_WAITING_MAX) return onBad('settings come faster than they can be taken')
    waiting += 1
    taking = taking.then(async () => {
      if (await settings.take(decoded, opened.value.signed)) connection?.report()
      waiting -= 1
    })
  }

  const hearVisits = (onVisits: (visits: Visits) => void) => (topic: string, payload: Uint8Array) => {
    const opened = openFromCentral(topic, payload, centralKey)
    if (!opened.ok) return onBad(opened.reason)
    const visits = decodeVisits(opened.value.body)
    if (!visits.ok) return onBad(visits.reason)
    try {
      onVisits(visits.value)
    } catch (error) {
      log(`Visits at neighbours could not be taken: ${(error as Error).message}`)
    }
  }

  const onDown = (reason: string) => {
    connection = undefined
    if (closed) return
    // The first failure after a good time is worth a line; a broker that is away for a week is not worth a million.
    if (failures === 0) log(`The uplink is down (${reason}).`)
    retry = setTimeout(open, backoffMilliseconds(failures, backoff, Math.random()))
    failures += 1
  }

  const open = () => {
    connection = openConnection({
      node,
      url: mqtt.url,
      token: mqtt.token,
      version: options.version,
      outbox,
      liveStatus: options.liveStatus,
      reported: options.settings?.reported,
      onSigned: {
        x: keep,
        ...(options.settings && { d: takeSettings(options.settings) }),
        ...(options.onVisits && { v: hearVisits(options.onVisits) }),
      },
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
      times: { ...TIMES, ...options.times },
    })
  }

  open()
  return {
    connected: () => connection?.isUp() ?? false,
    centralMark: () => mark,
    counters: () => ({ ...counters }),
    async close() {
      closed = true
      clearTimeout(retry)
      await connection?.close()
      await taking
    },
  }
}
