/** Asks everybody on the road how they stand, at the moment when a story does not go on: what stopped it must not be guessed. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'

/** Of each part. */
const LAST_WORDS = 3_000
/** A program whose event loop stands does not answer; that is an answer, too. */
const ANSWER_MILLISECONDS = 1_000

export type Witness = { name: string; children: readonly (ChildProcess | undefined)[]; words: readonly string[] }

export async function testimony(witnesses: readonly Witness[]): Promise<string> {
  for (const { name, children } of witnesses)
    for (const child of children) if (name !== 'broker' && child && isUp(child)) child.kill('SIGUSR2')
  const before = performance.now()
  await setTimeout(ANSWER_MILLISECONDS)
  const late = Math.round(performance.now() - before - ANSWER_MILLISECONDS)
  const said = witnesses.map(({ name, children, words }) =>
    [
      `--- ${name}: ${children.map((child) => (child ? standing(child) : 'not started')).join(', ')}`,
      words.join('').slice(-LAST_WORDS),
    ].join('\n'),
  )
  return [
    `at ${Date.now()}, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}, a timer here came ${late} ms late`,
    ...said,
  ].join('\n')
}

const isUp = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

/** Running, waiting for a disk, stopped: by the kernel's own letter, and what it waits in. */
function standing(child: ChildProcess): string {
  if (!isUp(child)) return `ended (${child.signalCode ?? child.exitCode})`
  const read = (file: string) => {
    try {
      return readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
    } catch {
      return ''
    }
  }
  const state = /^State:\s+(.*)$/m.exec(read('status'))?.[1] ?? 'unknown'
  return `up as ${child.pid}, ${state}, waits in ${read('wchan') || 'nothing'}`
}
