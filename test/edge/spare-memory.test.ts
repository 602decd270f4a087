import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { untouchedMappings } from '#edge/spare-memory.ts'
import { ROOT } from '#provisioning/package/programs.ts'

const run = promisify(execFile)

const area = (range: string, rights: string, file: string, rss: number, anonymous: number): string =>
  `${range} ${rights} 00001000 fe:00 123 ${file.padStart(30)}
Size:              64 kB
Rss:            ${String(rss).padStart(7)} kB
Anonymous:      ${String(anonymous).padStart(7)} kB
VmFlags: rd ex mr mw me
`

test('only mappings of files that nobody can have written to are given back', () => {
  const smaps = [
    area('00400000-00410000', 'r--p', '/usr/bin/node', 12, 0),
    area('00410000-00420000', 'r-xp', '/usr/bin/node', 40, 0),
    area('00420000-00430000', 'r-xp', '/usr/bin/node', 0, 0),
    area('00430000-00440000', 'r--p', '/usr/lib/libc.so.6 (deleted)', 16, 16),
    area('00440000-00450000', 'rw-p', '/usr/bin/node', 16, 0),
    area('00450000-00460000', 'r--s', '/var/lib/box/outbox.db-shm', 16, 0),
    area('00460000-00470000', 'r--p', '', 16, 0),
    area('00470000-00480000', 'r-xp', '[vdso]', 8, 0),
    area('7ffff7800000-7ffff7a00000', 'r--p', '/usr/lib/a name with blanks.so', 8, 0),
  ].join('')
  assert.deepEqual(
    untouchedMappings(smaps).map(({ from, to }) => [from.toString(16), to.toString(16)]),
    [
      ['400000', '410000'],
      ['410000', '420000'],
      ['7ffff7800000', '7ffff7a00000'],
    ],
  )
})

test('this process holds such mappings, and none of them is where it writes', () => {
  const smaps = readFileSync('/proc/self/smaps', 'latin1')
  const starts = untouchedMappings(smaps).map(({ from }) => from.toString(16))
  assert.ok(starts.length > 2)
  const rights = new Map(
    [...smaps.matchAll(/^([0-9a-f]+)-[0-9a-f]+ (\S+) /gm)].map(([, from = '', mode = '']) => [from.replace(/^0+/, ''), mode]),
  )
  for (const start of starts) assert.match(rights.get(start) ?? '', /^r-[x-]p$/)
})

const CHILD = `
import { keepMemorySmall } from '#edge/spare-memory.ts'
import { residentPartsOf } from '#scripts/benchmarks/gate/memory.ts'
const before = residentPartsOf(process.pid).program
const said = []
await keepMemorySmall((line) => said.push(line))
const after = residentPartsOf(process.pid).program
const { createHash } = await import('node:crypto')
console.log(JSON.stringify({ before, after, said, worked: createHash('sha256').update('abc').digest('hex').slice(0, 8) }))
`

const RUSH = `
import { keepMemorySmall } from '#edge/spare-memory.ts'
import { until } from '#scripts/network-lab/waiting.ts'
const mega = () => process.memoryUsage.rss() / 1_048_576
await keepMemorySmall(console.error)
const before = mega()
// As compilers and databases leave it: pieces that are still needed, spread over all of the C heap.
let pieces = Array.from({ length: 4_000 }, () => Buffer.alloc(30_000, 1))
const peak = mega()
const kept = pieces.filter((_, index) => index % 40 === 0)
pieces = undefined
const never = setTimeout(() => {}, 600_000)
await until('rest', () => mega() < before + 20).catch(() => {})
clearTimeout(never)
console.log(JSON.stringify({ before, peak, after: mega(), kept: kept.length }))
`

test('what a rush left behind is given back when it is over', async () => {
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', '--input-type=module', '--eval', RUSH], { cwd: ROOT })
  const { before, peak, after, kept } = JSON.parse(stdout) as { before: number; peak: number; after: number; kept: number }
  assert.equal(stderr, '')
  assert.equal(kept, 100)
  assert.ok(peak > before + 100, `${before.toFixed(0)} MB before, ${peak.toFixed(0)} at the peak`)
  assert.ok(after < before + 20, `${before.toFixed(0)} MB before, ${after.toFixed(0)} after`)
})

test('a process that keeps its memory small holds half the program text once it serves, and works on', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', CHILD], { cwd: ROOT })
  const { before, after, said, worked } = JSON.parse(stdout) as { before: number; after: number; said: string[]; worked: string }
  assert.deepEqual(said, [])
  assert.equal(worked, 'ba7816bf')
  assert.ok(after < before / 2, `${before.toFixed(1)} MB of program text before, ${after.toFixed(1)} MB after`)
})

const WITHOUT = `
import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => { if (name === 'koffi') throw new Error('there is none'); return next(name, context) } })
const { keepMemorySmall } = await import('#edge/spare-memory.ts')
const said = []
await keepMemorySmall((line) => said.push(line))
console.log(JSON.stringify(said))
`

test('where the library is missing the process says so once and goes on', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', WITHOUT], { cwd: ROOT })
  assert.deepEqual(JSON.parse(stdout), ['Memory that is not needed stays with this process: there is none'])
})
