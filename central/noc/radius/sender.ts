/**
 * Brings the list of people to the boxes: at once to those connected, at hello (which a report follows) to those whose version
 * differs, and again to those that did not take it. A box that never reported RADIUS is sent none.
 */
import type { KeyObject } from 'node:crypto'
import type { RadiusReport } from '#edge/wire/desired.ts'
import { encodePacket } from '#edge/wire/envelope.ts'
import { signFor } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import type { TelemetryStore } from '../ingest/store-port.ts'
import { partsFor } from './accounts.ts'
import type { Accounts, BoxReport, RadiusStore } from './store.ts'

/** Taking a list takes a box seconds; one that says nothing after this long is sent it again. */
const RESEND_AFTER_MS = 60_000
/** A box that reports without end does not make central sign without end. */
const REPORT_EVERY_MS = 5_000

export function createRadiusSender(deps: {
  radius: Pick<RadiusStore, 'accounts' | 'boxes' | 'reported'>
  store: Pick<TelemetryStore, 'heard'>
  signingKey: KeyObject
  publish(topic: string, payload: Buffer): Promise<void>
  onProblem: (what: string, error: unknown) => void
  now: () => number
}) {
  const { radius, now } = deps
  /** What was sent last, and when. */
  const sent = new Map<string, { version: number; at: number }>()
  let announcing: Promise<void> | undefined
  let again = false
  let later: NodeJS.Timeout | undefined
  let stopped = false

  /** A report and an announcement may come to one box at the same moment. */
  function isJustSent(node: string, version: number): boolean {
    const last = sent.get(node)
    return last?.version === version && now() - last.at < REPORT_EVERY_MS
  }

  async function send(node: string, accounts: Accounts, { recoverableSecrets }: RadiusReport): Promise<void> {
    const topic = nodeTopic(node, 'a')
    sent.set(node, { version: accounts.version, at: now() })
    for (const part of partsFor(accounts, recoverableSecrets, now())) {
      if (stopped) return
      await deps.publish(topic, encodePacket(signFor(topic, part, deps.signingKey)))
    }
  }

  async function sendTo(wanted: (box: BoxReport, version: number) => boolean): Promise<void> {
    const accounts = await radius.accounts()
    if (accounts.version === 0) return
    const boxes = (await radius.boxes()).filter((box) => wanted(box, accounts.version))
    if (boxes.length === 0) return
    const connected = new Set((await deps.store.heard()).filter((box) => box.connected).map(({ node }) => node))
    for (const { node, report } of boxes) {
      if (stopped) return
      // One box's trouble is not the others': it asks by its report.
      if (connected.has(node) && !isJustSent(node, accounts.version))
        await send(node, accounts, report).catch((error: unknown) => deps.onProblem(`accounts to ${node}`, error))
    }
  }

  async function announceAll(): Promise<void> {
    do {
      again = false
      await sendTo(lacksIt).catch((error: unknown) => deps.onProblem('accounts were not sent', error))
    } while (again)
    announcing = undefined
  }

  function announce(): void {
    again = !stopped
    announcing ??= announceAll()
  }
  function announceLater(): void {
    if (stopped) return
    later ??= setTimeout(() => {
      later = undefined
      announce()
    }, REPORT_EVERY_MS)
  }

  return {
    /** To every connected box. Changes that come while it sends are one more round, however many they are. */
    announce,
    /** `retained`: the broker's memory, not a sign that the box is there. */
    async onReport(node: string, report: RadiusReport, retained: boolean): Promise<void> {
      const before = await radius.reported(node, report, now())
      if (retained) return
      const accounts = await radius.accounts()
      if (accounts.version === 0) return
      // Another opinion of NT hashes makes another list of the same version.
      const turned = before !== undefined && before.recoverableSecrets !== report.recoverableSecrets
      const lacks = lacksIt({ report }, accounts.version)
      if (turned || (lacks && !isJustSent(node, accounts.version))) await send(node, accounts, report)
      // What was just sent may have gone to a connection that was dead already.
      else if (lacks) announceLater()
    },
    sweep: () =>
      sendTo(({ node, report }, version) => lacksIt({ report }, version) && now() - (sent.get(node)?.at ?? 0) >= RESEND_AFTER_MS),
    async stop(): Promise<void> {
      stopped = true
      again = false
      clearTimeout(later)
      await announcing
    },
  }
}

/** One that refused it is not asked again: it would refuse it again. */
const lacksIt = ({ report }: Pick<BoxReport, 'report'>, version: number): boolean =>
  report.accounts !== version && report.refused?.version !== version
