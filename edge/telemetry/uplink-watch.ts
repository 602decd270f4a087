/** Whether the way to the internet lives, looked at often enough that a visitor is not let out into nothing. */
import { tcpConnectMilliseconds } from './uplink-probe.ts'

/** A visitor who presses the button learns within half a minute that the line is down. */
const EVERY_MS = 15_000
/** One lost probe is weather; two in a row are an outage. */
const FAILURES_UNTIL_DOWN = 2

export type UplinkWatch = { milliseconds(): number | null; isDown(): boolean; close(): void }

/** @param target `host:port`; undefined means nobody told us what to probe, and then nothing is claimed. */
export async function watchUplink(
  target: string | undefined,
  probe: typeof tcpConnectMilliseconds = tcpConnectMilliseconds,
): Promise<UplinkWatch> {
  if (target === undefined) return { milliseconds: () => null, isDown: () => false, close: () => undefined }
  let latest: number | null = null
  let failures = 0
  const look = async () => {
    latest = await probe(target)
    failures = latest === null ? failures + 1 : 0
  }
  await look()
  const timer = setInterval(() => void look(), EVERY_MS)
  return { milliseconds: () => latest, isDown: () => failures >= FAILURES_UNTIL_DOWN, close: () => clearInterval(timer) }
}
