/** What it costs to let a visitor in: through the real daemon, into a real packet filter, in a namespace of its own. */
import { connectGate } from '#edge/gate/client.ts'
import type { Admission, Gate } from '#edge/gate/port.ts'
import { createLab, type Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import type { BenchRow } from '../row.ts'
import { quantile } from './quantile.ts'

const ROUNDS = 100
const CROWD = 1_000
const BATCHES = 5

/** Each admission is two elements with a timeout and two counters. */
const ELEMENTS_EACH = 4

export async function benchAdmissions(): Promise<BenchRow[]> {
  const lab = await createLab({ phones: 0 })
  try {
    const daemon = await lab.startGate()
    const gate = connectGate({ socket: daemon.socket })
    try {
      await until('the gate to enforce', () => gate.state() === 'enforcing')
      return await measure(gate, lab)
    } finally {
      await gate.close()
    }
  } finally {
    await lab.close()
  }
}

async function measure(gate: Gate, lab: Lab): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  const row = (figure: string, unit: string, value: number, method: string): void => {
    rows.push({ benchmark: 'gate', figure, unit, value: Number(value.toFixed(2)), method })
  }
  for (const present of [0, CROWD]) {
    await gate.reconcile(devices(present, 1))
    const times = await admitOneByOne(gate, 40_000 + present)
    const how = `${ROUNDS} admissions one after the other over the socket, ${present} devices present, kernel's answer awaited`
    row(`admit p50, ${present} present`, 'ms', quantile(times, 0.5), how)
    row(`admit p99, ${present} present`, 'ms', quantile(times, 0.99), how)
  }

  const perSecond: number[] = []
  const crowdMs: number[] = []
  // Fresh ids each time: the counters of those who left are kept for a while, and would make the next batch smaller.
  for (let batch = 1; batch <= BATCHES; batch += 1) {
    await gate.reconcile([])
    const start = performance.now()
    await gate.reconcile(devices(CROWD, 2 * batch * CROWD))
    perSecond.push((CROWD * ELEMENTS_EACH) / ((performance.now() - start) / 1000))
    await gate.reconcile([])
    const rush = performance.now()
    await Promise.all(devices(CROWD, (2 * batch + 1) * CROWD).map((admission) => gate.admit(admission)))
    crowdMs.push(performance.now() - rush)
  }
  row(
    'elements in one batch',
    '1/s',
    quantile(perSecond, 0.5),
    `reconcile of ${CROWD} devices (${ELEMENTS_EACH} elements each), median of ${BATCHES}`,
  )
  row(
    `a crowd of ${CROWD} at once`,
    'ms',
    quantile(crowdMs, 0.5),
    `${CROWD} single admits in flight together, until the last passes, median of ${BATCHES}`,
  )

  const repairs: number[] = []
  for (let round = 0; round < BATCHES; round += 1) repairs.push(await repairMs(lab))
  row(
    `table rebuilt after a flush, ${CROWD} present`,
    'ms',
    quantile(repairs, 0.5),
    `nft flush ruleset until all ${CROWD} are back, looked at with nft, median of ${BATCHES}`,
  )
  return rows
}

async function admitOneByOne(gate: Gate, firstId: number): Promise<number[]> {
  const times: number[] = []
  for (const admission of devices(ROUNDS, firstId)) {
    const start = performance.now()
    await gate.admit(admission)
    times.push(performance.now() - start)
  }
  return times
}

async function repairMs(lab: Lab): Promise<number> {
  await lab.exec('edge', ['nft', 'flush', 'ruleset'])
  const start = performance.now()
  await until('the table to be whole', async () => {
    const { stdout } = await lab.exec('edge', ['nft', 'list', 'map', 'inet', 'gate', 'client'])
    return (stdout.match(/timeout/g)?.length ?? 0) >= CROWD
  })
  return performance.now() - start
}

function devices(count: number, firstId: number): Admission[] {
  return Array.from({ length: count }, (_, index) => {
    const id = firstId + index
    const [high, low] = [id >> 8, id & 255].map((octet) => octet.toString(16).padStart(2, '0'))
    return { mac: `02:be:00:00:${high}:${low}`, clientId: id, seconds: 3_600 }
  })
}
