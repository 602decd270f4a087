/**
 * Writes the same outboxes to InfluxDB: argument an InfluxSetup as JSON. Reads them and makes all lines first, prints
 * `{"ready":true}`, waits for a line on standard input, and then only posts: what InfluxDB is measured by is its own work.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { performance } from 'node:perf_hooks'
import { BATCH_RECORDS_MAX } from '#edge/wire/envelope.ts'
import { openBox } from './boxes.ts'
import { lineOf } from './line-protocol.ts'
import { nodeName } from './samples.ts'

export type InfluxSetup = { folder: string; boxes: number; port: number; database: string }
export type Posted = { seconds: number; lines: number; refused: number; firstRefusal: string | null }

/** What InfluxDB's handbook recommends for one request. */
const LINES_A_REQUEST = 5_000
/** Requests under way: more than it has cores, so that it never waits for us. */
const WRITERS = 4

const setup = JSON.parse(process.argv[2]!) as InfluxSetup
const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`)
const agent = new Agent({ keepAlive: true, maxSockets: WRITERS })

/** As the boxes send them: batch by batch, one box after the other, so that no request is of one box only. */
function bodies(): { body: Buffer; lines: number }[] {
  const outboxes = Array.from({ length: setup.boxes }, (_, box) => openBox(setup.folder, box))
  const made: { body: Buffer; lines: number }[] = []
  let lines: string[] = []
  const cut = () => {
    if (lines.length > 0) made.push({ body: Buffer.from(lines.join('\n')), lines: lines.length })
    lines = []
  }
  const last = Math.max(...outboxes.map((outbox) => outbox.bounds('t').hi))
  for (let after = 0; after < last; after += BATCH_RECORDS_MAX)
    for (const [box, outbox] of outboxes.entries()) {
      for (const record of outbox.pending('t', after, BATCH_RECORDS_MAX)) lines.push(lineOf(nodeName(box), outbox.epoch(), record))
      if (lines.length >= LINES_A_REQUEST) cut()
    }
  cut()
  for (const outbox of outboxes) outbox.close()
  return made
}

/** @returns why it was refused, or undefined. */
function post(body: Buffer): Promise<string | undefined> {
  const path = `/write?db=${setup.database}&precision=ms`
  return new Promise((resolve, reject) => {
    const sent = request(
      { agent, host: '127.0.0.1', port: setup.port, method: 'POST', path, headers: { 'content-length': body.length } },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.once('end', () => resolve(answer.statusCode === 204 ? undefined : `${answer.statusCode} ${text}`.slice(0, 200)))
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

const waiting = bodies()
say({ ready: true })
await once(process.stdin, 'data')
const posted: Posted = { seconds: 0, lines: 0, refused: 0, firstRefusal: null }
const begun = performance.now()
async function write(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const refusal = await post(next.body)
    posted.lines += next.lines
    if (refusal === undefined) continue
    posted.refused += next.lines
    posted.firstRefusal ??= refusal
  }
}
await Promise.all(Array.from({ length: WRITERS }, write))
say({ ...posted, seconds: (performance.now() - begun) / 1_000 })
process.exit(0)
