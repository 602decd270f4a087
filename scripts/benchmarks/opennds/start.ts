/** Debian's openNDS 9.10 on the box of a lab, in place of our gate and edge; started again whenever it ends by itself. */
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { LAN } from '#scripts/network-lab/topology.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import type { CpuMeter } from '../gate/cpu.ts'
import type { Crowd } from '../gate/crowd.ts'

/** It asks the system a dozen questions by shell before it listens. */
const START_MS_MAX = 60_000

/** Beyond this it is not a crash now and then. */
const RESTARTS_MAX = 20

export type OpenNds = { crashes(): number; pid(): number; close(): Promise<void> }

export async function startOpenNds(lab: Lab, crowd: Crowd, cpu: CpuMeter): Promise<OpenNds> {
  const leases = join(lab.folder, 'opennds-leases')
  writeFileSync(leases, leasesOf(crowd))
  const logFile = join(lab.folder, 'opennds.log')
  const log = createWriteStream(logFile)
  let crashes = 0
  let closing = false
  let child: ChildProcess

  function start(): ChildProcess {
    const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'bash', join(import.meta.dirname, 'inside.sh')]
    // Counted before it starts anything.
    const counted = ['bash', '-c', 'read -r && exec "$@"', 'counted', ...isolated, leases, LAN]
    const started = lab.spawn('edge', counted)
    started.stdout?.pipe(log, { end: false })
    started.stderr?.pipe(log, { end: false })
    cpu.join(started.pid!)
    started.stdin?.end('\n')
    started.once('exit', () => {
      if (closing) return
      crashes += 1
      if (crashes <= RESTARTS_MAX) child = start()
    })
    return started
  }

  child = start()
  const listens = async (): Promise<boolean> => (await lab.exec('edge', ['ss', '-Hltn', 'sport', '=', ':2050'])).stdout.trim() !== ''
  await until('openNDS to listen', listens, { withinMs: START_MS_MAX, everyMs: 200, detail: () => readFileSync(logFile, 'utf8') })
  // It listens before its rules are whole.
  await until(
    'its rules',
    async () => (await lab.exec('edge', ['iptables-legacy', '-t', 'nat', '-S'])).stdout.includes('--to-destination'),
    {
      withinMs: START_MS_MAX,
    },
  )
  return {
    crashes: () => crashes,
    pid: () => cpu.pids().find(isOpenNds) ?? 0,
    async close() {
      closing = true
      child.kill('SIGKILL')
      await until('the end of openNDS', () => child.exitCode !== null || child.signalCode !== null)
    },
  }
}

function isOpenNds(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'opennds'
  } catch {
    return false
  }
}

function leasesOf({ size, addressOf, macOf }: Crowd): string {
  const ends = Math.floor(Date.now() / 1000) + 36_000
  return Array.from({ length: size }, (_, index) => `${ends} ${macOf(index)} ${addressOf(index)} phone${index} *\n`).join('')
}
