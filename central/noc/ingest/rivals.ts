/**
 * Two boxes with one identity: a card was copied, or a box was provisioned twice. Each has a life of its own (one run of its
 * program), and a life that ended never comes back: who says hello as A, then as B, then as A again is two boxes. Restarts,
 * flapping lines and half-open connections never look like that. Pure.
 */

/** A crash loop makes a new life a second; older ones cannot be told apart from new ones any more, which only delays the alarm. */
const LIVES_MAX = 16
const LIFE_MS_MAX = 86_400_000
/** The one who was thrown out waits up to some minutes before it comes back; the alarm must not blink meanwhile. */
export const RIVAL_MS = 30 * 60_000

type Life = { life: string; at: number }

/** @returns what to remember, as JSON, and whether this hello proves a second box. */
export function withHello(before: string | null, life: string, at: number): { lives: string; rival: boolean } {
  const known = (before === null ? [] : (JSON.parse(before) as Life[])).filter((each) => at - each.at < LIFE_MS_MAX)
  const rival = known.slice(0, -1).some((each) => each.life === life)
  const others = known.filter((each) => each.life !== life)
  return { lives: JSON.stringify([...others, { life, at }].slice(-LIVES_MAX)), rival }
}
