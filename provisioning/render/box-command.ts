/** How a box's Node processes are started, so that portal, RADIUS, MQTT and four databases fit beside everything else on it. Pure. */

/**
 * Left alone, V8 sizes itself by the machine it finds: a young generation that grows while the box starts and never shrinks.
 * Not --optimize-for-size, which saves a few megabytes more and costs half as much CPU again for redirects and the clip.
 * With `gc` the garbage of starting can go at once (edge/spare-memory.ts).
 */
const NODE_FLAGS = ['--max-semi-space-size=1', '--expose-gc']

/**
 * glibc makes an arena for each thread of a pool, and learns from the first large block that is freed to keep all such on its
 * heap, where those of the compilers leave holes. Fixed, they go back to the kernel: after 1,000 devices the edge holds 15 MB
 * less, for the same CPU per request.
 */
const ENVIRONMENT = ['MALLOC_ARENA_MAX=1', 'MALLOC_MMAP_THRESHOLD_=65536', 'MALLOC_TRIM_THRESHOLD_=65536']

/**
 * The gate speaks a few short lines a second and waits for nft otherwise: it runs as well without the optimising compilers.
 * For the edge the middle one, maglev, is worth its memory: without it redirects cost half as much again. What TurboFan (`opt`)
 * adds to that is not to be seen beside what its compiling costs, and it takes 8 MB.
 */
const FLAGS_OF = { edge: ['--no-opt'], gate: ['--no-opt', '--no-maglev'] }

/** A program as package/programs.ts makes it. */
type Program = { name: keyof typeof FLAGS_OF; file: string }

export function boxCommand(node: string, { name, file }: Program, ...argv: string[]): string[] {
  return ['/usr/bin/env', ...ENVIRONMENT, node, ...NODE_FLAGS, ...FLAGS_OF[name], file, ...argv]
}
