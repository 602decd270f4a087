/** A start that cannot go on, with the line that tells the person at the terminal what to do. */
export class StartProblem extends Error {}

/**
 * Going back to an older version on a newer database would write what the newer one no longer understands. `done`: the
 * migrations the database has seen; `known`: all of this version's.
 */
export function refuseNewer(done: Iterable<string>, known: readonly string[]): void {
  const unknown = [...done].filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new StartProblem(
    `The database belongs to a newer version (it knows ${unknown.slice(0, 3).join(', ')}). Install that version, or restore the backup made before it.`,
  )
}
