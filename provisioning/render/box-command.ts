/** How a box's Node processes are started, so that portal, RADIUS, MQTT and four databases fit beside everything else on it. Pure. */

/**
 * Left alone, V8 and glibc size themselves by the machine they find: a young generation that grows while the box starts and
 * never shrinks, and a malloc arena for each thread of a pool. This way pages cost the same CPU. Not --optimize-for-size,
 * which saves a few megabytes more and costs half as much CPU again for redirects and the clip.
 */
const NODE_FLAGS = ['--max-semi-space-size=1']
const ENVIRONMENT = ['MALLOC_ARENA_MAX=1']

/**
 * The gate speaks a few short lines a second and waits for nft otherwise: optimising compilers would be its largest part.
 * Of the edge they make twice as much with the same CPU, so there they stay.
 */
const FLAGS_OF = { edge: [], gate: ['--no-opt', '--no-maglev'] }

/** A program as package/programs.ts makes it. */
type Program = { name: keyof typeof FLAGS_OF; file: string }

export function boxCommand(node: string, { name, file }: Program, ...argv: string[]): string[] {
  return ['/usr/bin/env', ...ENVIRONMENT, node, ...NODE_FLAGS, ...FLAGS_OF[name], file, ...argv]
}
