/** The box's own programs on a machine that gives them 96 MiB together, with a crowd. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshProgram } from '#provisioning/package/programs.ts'
import { gatherCrowd } from '#scripts/benchmarks/gate/crowd.ts'
import { residentOf } from '#scripts/benchmarks/gate/memory.ts'
import { startVisitors } from '#scripts/benchmarks/gate/visitors-client.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { boundMemory } from '#test/support/cgroup.ts'
import { labFor } from '#test/support/lab.ts'
import { enrolledNowhere, NO_BROKER, startBox, writeBoxConfig } from '#test/support/product.ts'

const BOUND_MIB = 96
/** What both may show in `ps` together, the program they share counted twice. */
const RESIDENT_MIB = 130
const VISITORS = 200
const AT_ONCE = 16

test(
  'edge and gate together live within 96 MiB while two hundred visitors come online, and show no more than 130 when it is calm',
  { timeout: 120_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 1 })
    if (!lab) return
    const here = enrolledNowhere(t)
    const config = await writeBoxConfig(lab, here, NO_BROKER, { watchSeconds: 1, everySeconds: 2 })
    const bound = boundMemory(t, BOUND_MIB * 1024 * 1024)
    if (!bound) return t.skip('this machine lets nobody bound the memory of a process: the bound of 96 MiB is not tried')
    // Built outside: the builder is no part of the box, and would not fit.
    for (const program of ['edge', 'gate'] as const) freshProgram(program)
    await lab.startDns()
    const daemon = await bound.within(() => lab.startGate())
    const box = await bound.within(() => startBox(lab, config))
    t.after(async () => {
      await box.end('SIGKILL')
      await daemon.stop('SIGKILL')
    })
    const crowd = await gatherCrowd(lab, VISITORS)
    const visitors = startVisitors(lab, 'ours', 1_000)
    t.after(() => visitors.close())
    const addresses = Array.from({ length: VISITORS }, (_, index) => crowd.addressOf(index))
    const { online, errors } = await visitors.run('onboard', addresses, AT_ONCE)
    assert.deepEqual(errors, [])
    assert.equal(online.length, VISITORS)

    assert.equal(bound.kills(), 0, 'the kernel had to end nobody')
    assert.equal(box.child.exitCode, null)
    assert.equal(box.child.signalCode, null)
    const resident = (): number => residentOf(box.child.pid!) + residentOf(daemon.pid)
    await until('calm', () => resident() <= RESIDENT_MIB, { detail: () => `edge and gate hold ${resident().toFixed(0)} MiB` })
    const mebi = (octets: number): string => `${(octets / 1024 / 1024).toFixed(0)} MiB`
    t.diagnostic(
      `edge ${residentOf(box.child.pid!).toFixed(0)} MiB, gate ${residentOf(daemon.pid).toFixed(0)} MiB resident; the group peaked at ${mebi(bound.peak())}`,
    )
  },
)
