/** What central says besides its acks: messages to keep, settings, visits next door. Each is believed with its signature only. */
import type { KeyObject } from 'node:crypto'
import { decodeDesired } from '../wire/desired.ts'
import { decodeVisits, type Visits } from '../wire/visit.ts'
import { openFromCentral } from './from-central.ts'
import { openKept, receiptsOnTheWay } from './kept.ts'
import type { UplinkOptions, UplinkSettings } from './uplink.ts'

/** Central sends settings now and then; a broker that repeats them without end fills no memory. */
const SETTINGS_WAITING_MAX = 32

type Options = Pick<UplinkOptions, 'outbox' | 'onKept' | 'settings' | 'onAccounts' | 'onVisits'> & {
  centralKey: KeyObject
  log: (message: string) => void
  /** What is not central's, or not understood. */
  onBad: (reason: string) => void
  /** Says anew what settings the box runs by. */
  report: () => void
}

type Listener = (topic: string, payload: Uint8Array) => void

export function hearCentral({ outbox, onKept, settings, onAccounts, onVisits, centralKey, log, onBad, report }: Options) {
  const receipts = receiptsOnTheWay((seq) => outbox.eventDelivered(seq))
  let kept = 0
  /** One after the other: an older offer must not be applied while a newer one is half taken. */
  let taking = Promise.resolve()
  let waiting = 0

  const keep: Listener = (topic, payload) => {
    const opened = openKept(topic, payload, centralKey)
    if (!opened.ok) return onBad(opened.reason)
    try {
      onKept(opened.value)
      kept += 1
      if (receipts.isDue(opened.value.id)) receipts.add(opened.value.id, outbox.record('receipt', { message: opened.value.id }))
    } catch (error) {
      // No receipt, so central sends it again at the next hello.
      log(`A message from central could not be stored: ${(error as Error).message}`)
    }
  }

  const takeWith =
    ({ take }: UplinkSettings): Listener =>
    (topic, payload) => {
      const opened = openFromCentral(topic, payload, centralKey)
      if (!opened.ok) return onBad(opened.reason)
      const decoded = decodeDesired(opened.value.body)
      if (!decoded.ok) onBad(decoded.reason)
      if (waiting >= SETTINGS_WAITING_MAX) return onBad('settings come faster than they can be taken')
      waiting += 1
      taking = taking.then(async () => {
        if (await take(decoded, opened.value.signed)) report()
        waiting -= 1
      })
    }

  const takePeopleWith =
    (take: NonNullable<UplinkOptions['onAccounts']>): Listener =>
    (_topic, payload) => {
      const became = take(payload)
      if (became !== 'waiting' && became !== 'old') report()
    }

  const tell =
    (listener: (visits: Visits) => void): Listener =>
    (topic, payload) => {
      const opened = openFromCentral(topic, payload, centralKey)
      if (!opened.ok) return onBad(opened.reason)
      const visits = decodeVisits(opened.value.body)
      if (!visits.ok) return onBad(visits.reason)
      try {
        listener(visits.value)
      } catch (error) {
        log(`Visits at neighbours could not be taken: ${(error as Error).message}`)
      }
    }

  return {
    /** By leaf; a box listens to these and to nothing else. */
    onSigned: {
      x: keep,
      ...(settings && { d: takeWith(settings) }),
      ...(onAccounts && { a: takePeopleWith(onAccounts) }),
      ...(onVisits && { v: tell(onVisits) }),
    },
    kept: (): number => kept,
    /** Once settings that are being taken are in force or refused. */
    settled: (): Promise<void> => taking,
  }
}
