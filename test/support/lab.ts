/** The network lab as tests use it: skipped loudly without root, always taken down at the end. */
import type { TestContext } from 'node:test'
import { connectGate } from '#edge/gate/client.ts'
import type { Gate } from '#edge/gate/port.ts'
import type { DnsOptions } from '#scripts/network-lab/dns.ts'
import { createLab, hasRoot, type Lab, type LabOptions, type RunningGate } from '#scripts/network-lab/lab.ts'
import type { GateOptions } from '#scripts/network-lab/gate.ts'
import { until } from '#scripts/network-lab/waiting.ts'

/** @returns undefined after telling the runner why this story cannot be played here. */
export async function labFor(t: TestContext, options: Omit<LabOptions, 'stays' | 'hostVisitor'>): Promise<Lab | undefined> {
  if (!hasRoot()) {
    t.skip('needs root: this story is played in network namespaces with a real packet filter')
    return undefined
  }
  const lab = await createLab(options)
  t.after(() => lab.close())
  return lab
}

/** A lab with DNS and the gate running, and the gate's port in hand. */
export async function gateIn(
  t: TestContext,
  lab: Lab,
  options: GateOptions = {},
  dns: DnsOptions = {},
): Promise<{ gate: Gate; daemon: RunningGate }> {
  await lab.startDns(dns)
  const daemon = await lab.startGate(options)
  const gate = connectGate({ socket: daemon.socket })
  t.after(() => gate.close())
  await until('the gate to enforce', () => gate.state() === 'enforcing')
  return { gate, daemon }
}
