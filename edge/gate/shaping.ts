/**
 * Speed limits: one HTB class per limited client on the way down (LAN) and up (WAN). The packet filter puts the class
 * into the packet's priority, so tc needs no filter per client. Without a class a packet is not shaped.
 */
import { run } from './kernel.ts'
import type { Limit } from './holdings.ts'

const ROOT = '1:'

export type Shaper = {
  set(clientId: number, limit: Limit): Promise<void>
  clear(clientId: number): Promise<void>
  /** The limits an earlier gate left in force. */
  read(): Promise<Map<number, Limit>>
}

export function createShaper({ lan, wan }: { lan: string; wan: string }): Shaper {
  let ready = false

  return {
    async set(clientId, { upKbps, downKbps }) {
      if (!ready) {
        for (const device of [lan, wan]) await ensureRoot(device)
        ready = true
      }
      await setClass(wan, clientId, upKbps)
      await setClass(lan, clientId, downKbps)
    },
    async clear(clientId) {
      for (const device of [lan, wan]) await deleteClass(device, clientId)
    },
    async read() {
      const up = parseClasses(await run('tc', ['class', 'show', 'dev', wan]))
      const down = parseClasses(await run('tc', ['class', 'show', 'dev', lan]))
      const ids = new Set([...up.keys(), ...down.keys()])
      return new Map([...ids].map((id) => [id, { upKbps: up.get(id) ?? 0, downKbps: down.get(id) ?? 0 }]))
    },
  }
}

const KBITS: Record<string, number> = { bit: 0.001, Kbit: 1, Mbit: 1_000, Gbit: 1_000_000 }

/** tc prints classes as text only. @returns kbit/s by client id. */
export function parseClasses(text: string): Map<number, number> {
  const found = text.matchAll(/^class htb 1:([0-9a-f]+) .*?rate (\d+)([KMG]?bit)/gm)
  return new Map([...found].map(([, id, rate, unit]) => [Number.parseInt(id ?? '', 16), Number(rate) * (KBITS[unit ?? ''] ?? 0)]))
}

async function ensureRoot(device: string): Promise<void> {
  const queues = JSON.parse(await run('tc', ['-j', 'qdisc', 'show', 'dev', device, 'root'])) as { kind?: string; handle?: string }[]
  if (queues.some(({ kind, handle }) => kind === 'htb' && handle === ROOT)) return
  await run('tc', ['qdisc', 'replace', 'dev', device, 'root', 'handle', ROOT, 'htb', 'default', '0'])
}

async function setClass(device: string, clientId: number, kbps: number): Promise<void> {
  // A direction without a limit has no class; its packets pass unshaped.
  if (kbps === 0) return deleteClass(device, clientId)
  await run('tc', [
    'class',
    'replace',
    'dev',
    device,
    'parent',
    ROOT,
    'classid',
    classid(clientId),
    'htb',
    'rate',
    `${kbps}kbit`,
    'ceil',
    `${kbps}kbit`,
  ])
}

async function deleteClass(device: string, clientId: number): Promise<void> {
  try {
    await run('tc', ['class', 'del', 'dev', device, 'classid', classid(clientId)])
  } catch (cause) {
    // tc says so when the class or the whole queue is not there, which is what we want.
    if (!(cause instanceof Error && /No such file|Cannot find|Invalid handle|Invalid argument/.test(cause.message))) throw cause
  }
}

const classid = (id: number): string => `${ROOT}${id.toString(16)}`
