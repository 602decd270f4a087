/**
 * Brings the published policy to the boxes: at once to those connected, at hello to those whose version differs, and again to
 * those that did not take it. A box that never named a version takes no settings and is sent none.
 */
import type { KeyObject } from 'node:crypto'
import { encodePacket } from '#edge/wire/envelope.ts'
import type { Desired } from '#edge/wire/desired.ts'
import { signFor } from '#edge/wire/signed.ts'
import { nodeTopic } from '#edge/wire/topics.ts'
import type { Hotspot, NodeHeard, TelemetryStore } from '../ingest/store-port.ts'
import { policyFor } from './document.ts'
import type { PolicyState, PolicyStore } from './store.ts'

/** Applying takes a box seconds; one that says nothing after this long is sent it again. */
const RESEND_AFTER_MS = 60_000
/** A box that says hello without end does not make central sign without end. */
const HELLO_EVERY_MS = 5_000

export function createPolicySender(deps: {
  policies: Pick<PolicyStore, 'current'>
  store: Pick<TelemetryStore, 'heard' | 'hotspots'>
  signingKey: KeyObject
  publish(topic: string, payload: Buffer): Promise<void>
  onProblem: (what: string, error: unknown) => void
  now: () => number
}) {
  const { policies, now } = deps
  const sentAt = new Map<string, number>()
  const announcing = new Set<Promise<void>>()
  let stopped = false

  async function send({ node, kelurahan }: Hotspot, { version, document }: PolicyState): Promise<void> {
    const topic = nodeTopic(node, 'd')
    const message: Desired = { v: 1, version, sentAt: now(), policy: policyFor(document, { node, kelurahan }) }
    sentAt.set(node, now())
    await deps.publish(topic, encodePacket(signFor(topic, message, deps.signingKey)))
  }

  async function sendTo(wanted: (heard: NodeHeard, version: number) => boolean): Promise<void> {
    const state = await policies.current()
    if (state.version === 0) return
    const heard = (await deps.store.heard()).filter((box) => takesSettings(box) && box.connected && wanted(box, state.version))
    if (heard.length === 0) return
    const hotspots = new Map((await deps.store.hotspots()).map((hotspot) => [hotspot.node, hotspot]))
    for (const { node } of heard) {
      const hotspot = hotspots.get(node)
      // One box's trouble is not the others': it asks by its hello.
      if (stopped) return
      if (hotspot) await send(hotspot, state).catch((error: unknown) => deps.onProblem(`settings to ${node}`, error))
    }
  }

  return {
    /** To every connected box, whatever it refused before: called after publishing, which does not wait for it. */
    announce(): void {
      const done: Promise<void> = sendTo(({ settings }, version) => settings !== version)
        .catch((error: unknown) => deps.onProblem('settings were not sent', error))
        .finally(() => announcing.delete(done))
      announcing.add(done)
    },
    async onHello(hotspot: Hotspot, settings: number | undefined): Promise<void> {
      if (settings === undefined || now() - (sentAt.get(hotspot.node) ?? 0) < HELLO_EVERY_MS) return
      const state = await policies.current()
      if (state.version !== 0 && state.version !== settings) await send(hotspot, state)
    },
    sweep: () =>
      sendTo(
        ({ node, settings, refusedVersion }, version) =>
          settings !== version && refusedVersion !== version && now() - (sentAt.get(node) ?? 0) >= RESEND_AFTER_MS,
      ),
    async stop(): Promise<void> {
      stopped = true
      await Promise.all(announcing)
    },
  }
}

const takesSettings = ({ settings }: NodeHeard) => settings !== null
