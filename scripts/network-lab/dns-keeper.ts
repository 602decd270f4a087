/**
 * Keeps the box's two dnsmasq running, and starts one of them anew when the file that the edge writes for it changes; on a
 * box this is the service manager's work. Ends with the lab, because it runs inside its box.
 *
 *   node dns-keeper.ts SETUP.json     where SETUP.json is a KeeperSetup
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isCaptiveApiLine } from '#edge/agent/captive-api-file.ts'
import { isGardenLine } from '#edge/agent/garden-file.ts'
import { CAPTIVE_API_FILE, GARDEN_FILE } from '#edge/config.ts'

export type KeeperSetup = {
  /** Where the edge writes. */
  written: string
  /** `folder` is where that dnsmasq reads; only files that were looked through get there. */
  instances: { name: 'captive' | 'open'; folder: string; argv: string[] }[]
}

const FILES = {
  captive: { file: GARDEN_FILE, allowed: isGardenLine },
  open: { file: CAPTIVE_API_FILE, allowed: isCaptiveApiLine },
}

/** A policy of a hundred domains and four upstreams takes a tenth of it. */
const FILE_BYTES_MAX = 262_144
/** A file is renamed into place, so one look is enough; this only gathers several changes into one restart. */
const SETTLE_MS = 50
/** Should the kernel's notice get lost, a change is still seen within a second. */
const LOOK_MS = 500
/** As a service manager would: soon, but not in a tight circle. */
const AGAIN_MS = 500
const STOP_MS_MAX = 2_000

type Instance = KeeperSetup['instances'][number] & { child: ChildProcess; content: string | undefined; refused: boolean; startedAt: number }

const say = (words: string): void => void process.stdout.write(`${words}\n`)

/** @returns what dnsmasq may read: undefined for no file, 'refused' for one that says more than such a file may. */
function admissible(written: string, { file, allowed }: (typeof FILES)[keyof typeof FILES]): { content: string | undefined } | 'refused' {
  let content: string
  try {
    content = readFileSync(join(written, file), 'utf8')
  } catch {
    return { content: undefined }
  }
  return content.length <= FILE_BYTES_MAX && content.split('\n').every(allowed) ? { content } : 'refused'
}

function publish({ name, folder }: KeeperSetup['instances'][number], content: string | undefined): void {
  const file = join(folder, FILES[name].file)
  if (content === undefined) return rmSync(file, { force: true })
  writeFileSync(`${file}.new`, content, { mode: 0o644 })
  renameSync(`${file}.new`, file)
}

function start(instance: Pick<Instance, 'name' | 'argv'>, isStopping: () => boolean): ChildProcess {
  const [program = '', ...args] = instance.argv
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  child.once('exit', (code, signal) => {
    if (!isStopping()) say(`dnsmasq (${instance.name}) ended (${signal ?? code})`)
  })
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  child.kill('SIGTERM')
  await gone
  clearTimeout(hard)
}

async function keep({ written, instances }: KeeperSetup): Promise<void> {
  let stopping = false
  const kept = instances.map((instance): Instance => {
    const found = admissible(written, FILES[instance.name])
    const content = found === 'refused' ? undefined : found.content
    publish(instance, content)
    return { ...instance, content, refused: false, child: start(instance, () => stopping), startedAt: performance.now() }
  })

  /** dnsmasq reads such lines only at its start; it keeps the leases in its file, so nobody loses an address. */
  async function look(instance: Instance): Promise<void> {
    const { file } = FILES[instance.name]
    const found = admissible(written, FILES[instance.name])
    const content = found === 'refused' ? undefined : found.content
    if (found === 'refused' && !instance.refused) say(`${file} holds a line that does not belong there; dnsmasq goes without it`)
    instance.refused = found === 'refused'
    const died = instance.child.exitCode !== null || instance.child.signalCode !== null
    if (died && performance.now() - instance.startedAt < AGAIN_MS) return
    if (!died && content === instance.content) return
    instance.content = content
    publish(instance, content)
    await stop(instance.child)
    if (stopping) return
    instance.child = start(instance, () => stopping)
    instance.startedAt = performance.now()
    say(`dnsmasq (${instance.name}) started anew: ${died ? 'it had ended' : `${file} ${content === undefined ? 'is gone' : 'changed'}`}`)
  }

  let looking = Promise.resolve()
  const lookAtAll = (): void => {
    looking = looking.then(async () => {
      for (const instance of kept)
        if (!stopping) await look(instance).catch((cause: unknown) => say(`cannot see to dnsmasq: ${String(cause)}`))
    })
  }
  let soon: NodeJS.Timeout | undefined
  watch(written, () => {
    clearTimeout(soon)
    soon = setTimeout(lookAtAll, SETTLE_MS)
  }).on('error', (error) => say(`no notice of changes any more, looking every ${LOOK_MS} ms instead: ${error.message}`))
  const every = setInterval(lookAtAll, LOOK_MS)

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      stopping = true
      clearInterval(every)
      void Promise.all(kept.map(({ child }) => stop(child))).then(() => process.exit(0))
    })
  say('{"ready":true}')
}

await keep(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as KeeperSetup)
