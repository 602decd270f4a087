/** Why the box's programs began, as far as it can be known: from what the last run left behind. */
import { readFileSync } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { writeDurably } from '../durable-file.ts'

const LastRun = Type.Object(
  {
    /** The kernel's own name for one boot. */
    boot: Type.String({ maxLength: 80 }),
    version: Type.String({ maxLength: 40 }),
    /** Whether it was asked to end and did. */
    stopped: Type.Boolean(),
  },
  { additionalProperties: false },
)
type LastRun = Static<typeof LastRun>

const schema = Compile(LastRun)

/** In words for the NOC. Pure. */
function startReason(last: LastRun | undefined, now: Pick<LastRun, 'boot' | 'version'>): string {
  if (!last) return 'first start, or nothing is known of the last one'
  const updated = last.version === now.version ? '' : `; version ${last.version} before, ${now.version} now`
  const cause =
    last.boot === now.boot
      ? last.stopped
        ? 'restarted'
        : 'restarted after the program died'
      : last.stopped
        ? 'the box was shut down and started again'
        : 'the box lost power or was reset'
  return cause + updated
}

/** @returns why this run began; and what to call when it is asked to end. */
export function noteRun(file: string, now: Pick<LastRun, 'boot' | 'version'>): { reason: string; stopped(): void } {
  const note = (stopped: boolean) => {
    try {
      writeDurably(file, JSON.stringify({ ...now, stopped } satisfies LastRun))
    } catch {
      // The next start then knows less.
    }
  }
  const reason = startReason(readLast(file), now)
  note(false)
  return { reason, stopped: () => note(true) }
}

function readLast(file: string): LastRun | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return schema.Check(value) ? value : undefined
  } catch {
    return undefined
  }
}
