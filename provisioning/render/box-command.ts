/** How a box's Node processes are started, so that portal, RADIUS, MQTT and four databases fit beside everything else on it. Pure. */

/**
 * Left alone, V8 and glibc size themselves by the machine they find: a young generation that grows while the box starts and
 * never shrinks, and a malloc arena for each thread of a pool. This way pages cost the same CPU. Not --optimize-for-size,
 * which saves a few megabytes more and costs half as much CPU again for redirects and the clip.
 */
const NODE_FLAGS = ['--max-semi-space-size=2']
const ENVIRONMENT = ['MALLOC_ARENA_MAX=1']

export function boxCommand(node: string, program: string, ...argv: string[]): string[] {
  return ['/usr/bin/env', ...ENVIRONMENT, node, ...NODE_FLAGS, program, ...argv]
}
