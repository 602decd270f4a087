/** What the box takes of memory at each stage of an evening: the memory rows of the gate benchmark without everything else. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, hasRoot } from '#scripts/network-lab/lab.ts'
import { startOurBox, WATCH_MS } from './gate/box.ts'
import { cpuMeter } from './gate/cpu.ts'
import { gatherCrowd } from './gate/crowd.ts'
import { residentPartsOf } from './gate/memory.ts'
import { quantile } from './gate/quantile.ts'
import { logInOverRadius } from './gate/radius.ts'
import { startVisitors } from './gate/visitors-client.ts'
import type { BenchRow } from './row.ts'

/** As the gate benchmark: a crowd that leaves the stadium together. */
const AT_ONCE = 150
const PAGES_AT_ONCE = 8
/** Of the crowd, who comes online when the others are. */
const ALONE = 100

/** Memory is looked at when the crowd is through and the compilers are done. */
const SETTLE_MS = 10_000

export async function bench(): Promise<BenchRow[]> {
  if (!hasRoot()) throw new Error('The memory benchmark needs root: it loads packet filters in network namespaces.')
  const closing: (() => unknown)[] = []
  try {
    const lab = await createLab({ phones: 1 })
    closing.unshift(() => lab.close())
    const cpu = cpuMeter('memory')
    closing.push(() => cpu.close())
    const crowd = await gatherCrowd(lab)
    const box = await startOurBox(lab, cpu)
    closing.unshift(() => box.close())
    const rows: BenchRow[] = []
    const weigh = async (stage: string, settleMs: number) => {
      await sleep(settleMs)
      rows.push(...memoryRows(stage, box.pids, box.memory().together))
    }
    await weigh('started', 2_000)
    const radius = await logInOverRadius(lab)
    const visitors = startVisitors(lab, 'ours', WATCH_MS)
    closing.unshift(() => visitors.close())
    const everyone = Array.from({ length: crowd.size }, (_, index) => crowd.addressOf(index))
    const pages = cpu.milliseconds()
    const failed: string[] = []
    for (const step of ['probe', 'splash'] as const) failed.push(...(await visitors.run(step, everyone, PAGES_AT_ONCE)).errors)
    const arrivals = cpu.milliseconds()
    const done = await visitors.run('onboard', everyone.slice(ALONE), AT_ONCE)
    const over = cpu.milliseconds()
    const alone = await visitors.run('accept', everyone.slice(0, ALONE), 1)
    failed.push(...done.errors, ...alone.errors)
    await weigh(`${done.online.length + alone.online.length} devices online, ${radius} RADIUS logins`, SETTLE_MS)
    rows.push(
      row('CPU per redirect and welcome page', 'ms', (arrivals - pages) / crowd.size, 'to watch what memory is paid with; edge and gate'),
      row('CPU per onboarding', 'ms', (over - arrivals) / (crowd.size - ALONE), `${AT_ONCE} at once`),
      row('accept to first packet, p99', 'ms', quantile(alone.online, 0.99), `${ALONE} devices one after the other, right after the crowd`),
      row('steps that failed', '', failed.length, failed[0] ?? 'at the phones'),
    )
    return rows
  } finally {
    for (const close of closing) await close()
  }
}

function memoryRows(stage: string, pids: { edge: number; gate: number }, together: number): BenchRow[] {
  const [edge, gate] = [residentPartsOf(pids.edge), residentPartsOf(pids.gate)]
  const whole = (['edge', 'gate'] as const).map((name) => {
    const { program, own } = { edge, gate }[name]
    return row(`${name}, ${stage}`, 'MB', program + own, `RSS: ${round(program)} program text and data from files, ${round(own)} its own`)
  })
  const sum = edge.program + edge.own + gate.program + gate.own
  return [
    ...whole,
    row(`edge + gate, ${stage}`, 'MB', sum, 'plain sum of both'),
    row(`edge + gate, ${stage}, each page once`, 'MB', together, 'of the same'),
  ]
}

const round = (value: number): number => Number(value.toPrecision(3))
const row = (figure: string, unit: string, value: number, method: string): BenchRow => ({
  benchmark: 'memory',
  figure,
  unit,
  value: round(value),
  method,
})
