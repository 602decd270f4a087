/** One measurement of the whole road: filled outboxes, central as a process, all sent and acked, and the books read. */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BoxLedger } from './boxes.ts'
import { enrol, startCentral, type Central } from './central.ts'
import { readBooks, type Books, type StorePlace } from './count.ts'
import type { Drained, Filled, LoadSetup } from './load.ts'
import { startBenchMosquitto } from './mosquitto.ts'
import { startBenchPostgres } from './postgres.ts'
import { cpuSecondsOf, nextAnswer, peakMegabytesOf, startProgram } from './processes.ts'

export type Road = { store: 'sqlite' | 'postgres'; broker: 'embedded' | 'mosquitto' }
/** `…Cpu`: processor microseconds a sample. `centralMegabytes`: the most it ever held. */
export type Driven = {
  road: Road
  drained: Drained
  books: Books
  perSecond: number
  centralCpu: number
  loadCpu: number
  centralMegabytes: number
}

/** Far beyond any run that is worth a figure; what is not acked then is counted as lost. */
const SECONDS_MAX = 600

const runLoad = (setup: LoadSetup) =>
  startProgram(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(setup)], { tellErrors: true })

/** Writes the outboxes once; every run gets copies of the same files. */
export async function fillBoxes(folder: string, boxes: number, minutes: number): Promise<BoxLedger[]> {
  mkdirSync(folder, { recursive: true })
  const load = runLoad({ mode: 'fill', folder, boxes, minutes, until: Date.now() })
  return (await nextAnswer<Filled>(load, 'filling the outboxes')).ledger
}

/** @param folder of its own, removed afterwards. */
export async function drive(at: {
  road: Road
  folder: string
  filled: string
  ledger: readonly BoxLedger[]
  nodeFlags?: readonly string[]
  /** Called when all is acked and central has ended, before the books are read: a test spoils them here. */
  beforeBooks?: (place: StorePlace) => Promise<void> | void
}): Promise<Driven> {
  const { road, folder, ledger } = at
  const boxes = ledger.length
  await using closing = new AsyncDisposableStack()
  closing.defer(() => rmSync(folder, { recursive: true, force: true }))
  const outboxes = join(folder, 'boxes')
  cpSync(at.filled, outboxes, { recursive: true })
  const data = join(folder, 'central')
  const env: Record<string, string> = {}
  if (road.store === 'postgres') {
    const server = await startBenchPostgres()
    closing.defer(() => server.stop())
    env['DATABASE_URL'] = server.url
  }
  const enrolled = enrol(data, boxes, env)
  if (road.broker === 'mosquitto') {
    const broker = await startBenchMosquitto(enrolled.tokens)
    closing.defer(() => broker.stop())
    Object.assign(env, broker.centralEnv)
  }
  const central = await startCentral({ data, boxes, env, enrolled, nodeFlags: at.nodeFlags ?? [] })
  closing.defer(() => central.end())
  const url = central.mqttPort === null ? env['MQTT_URL']! : `mqtt://127.0.0.1:${central.mqttPort}`
  const measured = await drainInto(central, {
    mode: 'drain',
    folder: outboxes,
    boxes,
    url,
    ...secretsOf(central),
    secondsMax: SECONDS_MAX,
  })
  await central.end()
  const place: StorePlace = road.store === 'postgres' ? { url: env['DATABASE_URL']! } : { file: join(data, 'telemetry.db') }
  if ('file' in place && !existsSync(place.file)) throw new Error(`central left no ${place.file}`)
  await at.beforeBooks?.(place)
  return { road, ...measured, books: await readBooks(place, ledger) }
}

const secretsOf = ({ enrolled }: Central) => ({ centralKey: enrolled.publicKey, tokens: enrolled.tokens })

async function drainInto(central: Central, setup: LoadSetup & { mode: 'drain' }): Promise<Omit<Driven, 'road' | 'books'>> {
  const load = runLoad(setup)
  try {
    await nextAnswer(load, 'the boxes')
    const pid = central.child.pid!
    const before = cpuSecondsOf(pid)
    load.child.stdin!.write('go\n')
    const drained = await nextAnswer<Drained>(load, 'the boxes')
    const micro = (seconds: number) => (seconds / drained.acked) * 1e6
    return {
      drained,
      perSecond: drained.acked / drained.seconds,
      centralCpu: micro(cpuSecondsOf(pid) - before),
      loadCpu: micro(drained.cpuSeconds),
      centralMegabytes: peakMegabytesOf(pid),
    }
  } catch (error) {
    throw new Error(`the run did not end: ${central.log()}`, { cause: error })
  } finally {
    await load.end('SIGKILL')
  }
}
