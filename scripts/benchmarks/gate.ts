/**
 * The gate beside Debian's openNDS: the same lab, the same crowd, the same minutes. Ours is the box as it ships (edge and gate
 * from provisioning/dist, with RADIUS and the uplink to a running central); openNDS shows its own click-to-continue pages.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createLab, hasRoot, type Lab } from '#scripts/network-lab/lab.ts'
import { WAN } from '#scripts/network-lab/topology.ts'
import { benchAdmissions } from './gate/admissions.ts'
import { startOurBox, WATCH_MS } from './gate/box.ts'
import { comparisonRows, type Counts, type Side } from './gate/comparison.ts'
import { cpuMeter, type CpuMeter } from './gate/cpu.ts'
import { gatherCrowd, type Crowd } from './gate/crowd.ts'
import { forward, SENDERS } from './gate/forwarding.ts'
import { residentOf } from './gate/memory.ts'
import { logInOverRadius } from './gate/radius.ts'
import { startVisitors, type Visitors } from './gate/visitors-client.ts'
import type { Job } from './gate/visitors.ts'
import { letInAllBut } from './opennds/many.ts'
import { startOpenNds } from './opennds/start.ts'
import type { BenchRow } from './row.ts'

/** openNDS needs about a second for what we do in milliseconds, so it is asked less often, and by fewer at once. */
const OURS: Counts = {
  warm: 400,
  redirects: 1_000,
  splashes: 400,
  accepts: 100,
  onboardings: 900,
  requestsAtOnce: 8,
  onboardingsAtOnce: 150,
}
const THEIRS: Counts = { warm: 3, redirects: 40, splashes: 15, accepts: 10, onboardings: 12, requestsAtOnce: 2, onboardingsAtOnce: 3 }

const FORWARDING_ROUNDS = 15

/** Memory is looked at when the crowd is through and the compilers are done. */
const SETTLE_MS = 10_000

export async function bench(): Promise<BenchRow[]> {
  if (!hasRoot()) throw new Error('The gate benchmark needs root: it loads packet filters in network namespaces.')
  const closing: (() => unknown)[] = []
  const open = async (name: string) => {
    const lab = await createLab({ phones: 1 })
    closing.unshift(() => lab.close())
    const cpu = cpuMeter(name)
    closing.push(() => cpu.close())
    return { lab, cpu, crowd: await gatherCrowd(lab) }
  }
  try {
    const [ours, theirs, bare, nat] = [await open('ours'), await open('opennds'), await open('bare'), await open('nat')]
    await routeBack(bare.lab)
    await masquerade(nat.lab)

    const opennds = await startOpenNds(theirs.lab, theirs.crowd, theirs.cpu)
    closing.unshift(() => opennds.close())
    say('openNDS')
    const theirSide = await measureSide(startVisitors(theirs.lab, 'opennds'), theirs, THEIRS, 0)

    say('ours')
    const box = await startOurBox(ours.lab, ours.cpu)
    closing.unshift(() => box.close())
    const radius = await logInOverRadius(ours.lab)
    const ourSide = await measureSide(startVisitors(ours.lab, 'ours', WATCH_MS), ours, OURS, WATCH_MS)
    await sleep(SETTLE_MS)
    const memory = box.memory()

    say('forwarding')
    const theirLast = theirSide.clients.at(-1) ?? 0
    await letInAllBut(theirs.lab, theirs.crowd, theirLast)
    const everyone = Array.from({ length: theirs.crowd.size }, (_, index) => index)
    const senders = ({ crowd }: Place, clients: number[]): string[] => clients.slice(-SENDERS).map(crowd.addressOf)
    const gigabits = await forward(
      {
        bare: { lab: bare.lab, from: senders(bare, everyone) },
        nat: { lab: nat.lab, from: senders(nat, everyone) },
        ours: { lab: ours.lab, from: senders(ours, ourSide.clients) },
        theirs: { lab: theirs.lab, from: senders(theirs, [...everyone.filter((index) => index !== theirLast), theirLast]) },
      },
      FORWARDING_ROUNDS,
    )
    const theirMemory = residentOf(opennds.pid())
    const rows = comparisonRows({ ours: ourSide, theirs: theirSide, memory, theirMemory, radius, gigabits, crashes: opennds.crashes() })
    say('admissions')
    return [...rows, ...(await benchAdmissions())]
  } finally {
    for (const close of closing) await close()
  }
}

const say = (part: string): void => void process.stderr.write(`    ${part} …\n`)

/** Where nothing masquerades the internet must know the way back. */
async function routeBack(lab: Lab): Promise<void> {
  const lan = lab.addresses.edge.lan4.replace(/\.1$/, '.0')
  await lab.exec('internet', ['ip', 'route', 'replace', `${lan}/21`, 'via', lab.addresses.edge.wan4])
}

/** What a box without a gate does: one address outside for a LAN of private ones. */
async function masquerade(lab: Lab): Promise<void> {
  const input = `table ip nat {\n  chain leave {\n    type nat hook postrouting priority srcnat;\n    oifname "${WAN}" masquerade\n  }\n}\n`
  await lab.exec('edge', ['nft', '-f', '-'], { input })
}

type Place = { crowd: Crowd; cpu: CpuMeter }

async function measureSide(visitors: Visitors, { crowd, cpu }: Place, counts: Counts, watchMs: number): Promise<Side> {
  const failed: string[] = []
  const run = async (step: Job['do'], clients: number[], inFlight: number) => {
    const before = cpu.milliseconds()
    const done = await visitors.run(step, clients.map(crowd.addressOf), inFlight)
    failed.push(...done.errors)
    return { ...done, cpuEach: (cpu.milliseconds() - before) / clients.length }
  }
  try {
    const everyone = Array.from({ length: crowd.size }, (_, index) => index)
    const [warm, first] = [everyone.slice(0, counts.warm), everyone.slice(counts.warm, counts.warm + counts.splashes)]
    const accepting = everyone.slice(counts.warm + counts.splashes).slice(0, counts.accepts)
    // Compiled code and a filled page cache, as on a box that has run for a minute.
    await run('probe', warm, counts.requestsAtOnce)
    await run('splash', warm, counts.requestsAtOnce)
    const redirects = await run('probe', everyone.slice(-counts.redirects), counts.requestsAtOnce)
    await run('probe', [...first, ...accepting], counts.requestsAtOnce)
    const splashes = await run('splash', first, counts.requestsAtOnce)
    await run('splash', accepting, counts.requestsAtOnce)
    await sleep(watchMs)
    const accepts = await run('accept', accepting, 1)
    const arriving = everyone.filter((index) => !accepting.includes(index)).slice(-counts.onboardings)
    const onboardings = await run('onboard', arriving, counts.onboardingsAtOnce)
    return {
      counts,
      clients: [...accepting, ...arriving],
      failed,
      redirectCpu: redirects.cpuEach,
      splashCpu: splashes.cpuEach,
      acceptMs: accepts.online,
      onboardingCpu: onboardings.cpuEach,
      onboardingsPerSecond: onboardings.online.length / (onboardings.milliseconds / 1_000),
      online: accepts.online.length + onboardings.online.length,
    }
  } finally {
    visitors.close()
  }
}
