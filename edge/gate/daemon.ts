/** The gate: the one process of the box that touches the packet filter. Started beside the edge, never by it. */
import { keepMemorySmall } from '../spare-memory.ts'
import { createKeeper, reasonOf, type Keeper } from './keeper.ts'
import { listen, type Listener } from './listener.ts'
import { parseOptions, USAGE, type Options } from './options.ts'
import { watchRuleset } from './watch.ts'

/** The kernel's notices are the fast path; this catches what they missed (a lost notice, a deleted routing rule). */
const VERIFY_MS = 5_000

/** Elements edited by hand are rare, and a thousand of them take nft a few milliseconds to print. */
const AUDIT_MS = 10_000

/** Counters of ended sessions are no hurry. */
const SWEEP_MS = 30_000

const log = (line: string): void => void process.stderr.write(`gate: ${line}\n`)

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return void process.stdout.write(USAGE)

  let listener: Listener | undefined
  const keeper = await createKeeper(options.facts, {
    now: () => performance.now(),
    onState(state) {
      log(`state is ${state}`)
      listener?.say(state)
    },
    onRewritten() {
      log('the table is whole again')
      listener?.notify('table-rewritten')
    },
    log,
  })
  // A table that does not load is not the end: the routing rules keep everybody out, and verify tries again.
  await keeper.start().catch((cause: unknown) => log(reasonOf(cause)))
  listener = await listen(options.socket, keeper, options.facts.lan)

  const stopWatching = watch(keeper)
  const stop = (): void => {
    stopWatching()
    void listener?.close()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  announce(keeper)
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (cause) {
    log(`${reasonOf(cause)} (see --help)`)
    process.exit(2)
  }
}

/** One line on standard output, and only once it is true. */
function announce(keeper: Keeper): void {
  const timer = setInterval(tell, 200)
  function tell(): void {
    if (keeper.state() !== 'enforcing') return
    clearInterval(timer)
    process.stdout.write('{"ready":true}\n')
    void keepMemorySmall(log)
  }
  timer.unref()
  tell()
}

function watch(keeper: Keeper): () => void {
  let verifying = false
  let again = false
  const verify = (): void => {
    // What happens during a look may have happened behind its back.
    again = verifying
    if (verifying) return
    verifying = true
    keeper
      .verify()
      .catch((cause: unknown) => log(reasonOf(cause)))
      .finally(() => {
        verifying = false
        if (again) verify()
      })
  }
  const report = (cause: unknown): void => log(reasonOf(cause))
  const sweep = (): void => void keeper.sweep().catch(report)
  const audit = (): void => void keeper.audit().catch(report)
  const watcher = watchRuleset(verify)
  const timers = [setInterval(verify, VERIFY_MS), setInterval(audit, AUDIT_MS), setInterval(sweep, SWEEP_MS)]
  return () => {
    watcher.close()
    timers.forEach((timer) => clearInterval(timer))
  }
}

await main().catch((cause: unknown) => {
  log(reasonOf(cause))
  process.exit(1)
})
