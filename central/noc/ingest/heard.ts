/** What is known of a box from what it says, message by message. Pure; the board (hotspots/state.ts) judges it. */
import type { Health } from '#edge/wire/health.ts'
import type { Reported } from '#edge/wire/desired.ts'
import type { Hello } from '#edge/wire/hello.ts'
import type { NoticeKind } from '#edge/wire/notice.ts'
import type { Status } from '#edge/wire/status.ts'
import type { Usage } from '#edge/wire/usage.ts'
import { withNotices } from '../hotspots/troubles.ts'
import type { ClockTrust } from '#edge/wire/envelope.ts'
import { withHello } from './rivals.ts'
import type { NodeHeard } from './store-port.ts'

export type Sample<T> = { value: T; at: number }

export const neverHeard = (node: string): NodeHeard => ({
  node,
  connection: null,
  connected: false,
  heardAt: 0,
  statusAt: null,
  usage: null,
  usageAt: null,
  usageSeconds: null,
  previousUsageSeconds: null,
  health: null,
  healthAt: null,
  uplinkMeasuredAt: null,
  skewMs: null,
  epoch: null,
  version: null,
  settings: null,
  settingsAt: null,
  refusedVersion: null,
  refusedReason: null,
  troubles: null,
  clock: null,
  lives: null,
  rivalAt: null,
})

/** A will of an older connection says nothing about the present one; undefined = ignore it. */
export function heardStatus(before: NodeHeard, status: Status, receivedAt: number, retained: boolean): NodeHeard | undefined {
  const stale = before.connection !== null && before.connection !== status.connection
  if (!status.online) return stale ? undefined : { ...before, connection: status.connection, connected: false }
  // The broker's memory tells what was, not that the box is alive now.
  const heardAt = retained ? Math.max(before.heardAt, Math.min(status.at, receivedAt)) : receivedAt
  const next: NodeHeard = {
    ...before,
    connection: status.connection,
    connected: true,
    heardAt,
    statusAt: status.at,
    skewMs: retained ? before.skewMs : status.at - receivedAt,
  }
  return withSamples(next, {
    ...(status.usage && { usage: { value: status.usage, at: heardAt } }),
    ...(status.health && { health: { value: status.health, at: heardAt } }),
  })
}

export function heardHello(before: NodeHeard, hello: Hello, receivedAt: number): NodeHeard {
  // A box of an older version does not name its run; two of them can be told apart by their outboxes, unless the card was copied.
  const { lives, rival } = withHello(before.lives, hello.run ?? hello.epoch, receivedAt)
  return {
    ...before,
    connected: true,
    heardAt: receivedAt,
    skewMs: hello.at - receivedAt,
    version: hello.version,
    settings: hello.settings ?? null,
    settingsAt: hello.settings === undefined ? null : receivedAt,
    lives,
    rivalAt: rival ? receivedAt : before.rivalAt,
  }
}

/** What the broker remembered counts too: it is the box's last word, though not a sign of life. */
export const heardReported = (before: NodeHeard, reported: Reported, receivedAt: number, retained: boolean): NodeHeard => ({
  ...before,
  ...(!retained && { connected: true, heardAt: receivedAt }),
  settings: reported.version,
  settingsAt: receivedAt,
  refusedVersion: reported.refused?.version ?? null,
  refusedReason: reported.refused?.reason ?? null,
})

/** A batch proves that the box lives, however old its records are; only newer samples replace the live picture. */
export function heardBatch(
  before: NodeHeard,
  epoch: string | null,
  samples: { usage?: Sample<Usage>; health?: Sample<Health>; notices?: { kind: NoticeKind; at: number }[]; clock?: ClockTrust },
  receivedAt: number,
): NodeHeard {
  // A clock that runs ahead must not make its box's last sample the newest for minutes.
  const past = <T>(sample: Sample<T>) => ({ value: sample.value, at: Math.min(sample.at, receivedAt) })
  return withSamples(
    {
      ...before,
      connected: true,
      heardAt: receivedAt,
      epoch,
      troubles: withNotices(before.troubles, samples.notices ?? []),
      clock: samples.clock ?? before.clock,
    },
    { ...(samples.usage && { usage: past(samples.usage) }), ...(samples.health && { health: past(samples.health) }) },
  )
}

function withSamples(before: NodeHeard, samples: { usage?: Sample<Usage>; health?: Sample<Health> }): NodeHeard {
  const next = { ...before }
  const { usage, health } = samples
  if (usage && usage.at >= (before.usageAt ?? 0)) {
    next.usage = JSON.stringify(usage.value)
    if (isAnother(before, usage, next.usage)) next.previousUsageSeconds = before.usageSeconds
    next.usageAt = usage.at
    next.usageSeconds = usage.value.seconds
  }
  if (health && health.at >= (before.healthAt ?? 0)) {
    next.health = JSON.stringify(health.value)
    next.healthAt = health.at
    if (health.value.uplinkMilliseconds !== null) next.uplinkMeasuredAt = health.at
  }
  return next
}

/**
 * One sample comes as a record and in the live status, and again at a reconnect; only a second one says what the
 * interval is.
 */
function isAnother(before: NodeHeard, usage: Sample<Usage>, text: string): boolean {
  if (before.usageAt === null) return false
  const intervals = (usage.at - before.usageAt) / (usage.value.seconds * 1_000)
  return intervals >= 0.5 && (text !== before.usage || intervals <= 1.5)
}
