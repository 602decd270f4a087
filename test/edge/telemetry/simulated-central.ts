/** Central as its rule for batches makes it: marks and rows move together, and only what is committed is acknowledged. */
import { planBatch } from '#central/noc/ingest/plan.ts'
import type { Ack } from '#edge/wire/ack.ts'
import type { Batch, Lane } from '#edge/wire/envelope.ts'
import type { Gap } from '#edge/wire/gap.ts'

/** One lane of one outbox generation. */
type Stream = {
  mark: number
  /** By seq. */
  facts: Map<number, number>
  /** Numbers that will never come, as central wrote them down. */
  jumps: { fromSeq: number; toSeq: number }[]
  /** What the box says it gave up. */
  reported: number
}
export type Streams = Map<string, Stream>

export const factOf = (body: unknown): number | undefined => (body as { fact?: number }).fact

export function simulatedCentral() {
  let streams: Streams = new Map()
  let backup: Streams = new Map()
  const wrong: string[] = []
  /** What was ever committed under a number, also before a restore. */
  const ever = new Map<string, number>()
  const key = (epoch: string, lane: Lane) => `${epoch} ${lane}`
  const streamOf = (epoch: string, lane: Lane): Stream => {
    const name = key(epoch, lane)
    let stream = streams.get(name)
    if (!stream) streams.set(name, (stream = { mark: 0, facts: new Map(), jumps: [], reported: 0 }))
    return stream
  }

  return {
    /** Commits what the rule takes. */
    take({ epoch, lane, lo, records }: Batch): void {
      const stream = streamOf(epoch, lane)
      const plan = planBatch(stream.mark, { lo, first: records[0]!.seq, last: records.at(-1)!.seq })
      if (plan.take) {
        if (plan.gap) stream.jumps.push(plan.gap)
        for (const { seq, kind, body } of records) {
          if (seq < plan.from) continue
          if (stream.facts.has(seq)) wrong.push(`${lane} ${seq} of epoch ${epoch} was stored a second time`)
          stream.facts.set(seq, kind === 'gap' ? -seq : factOf(body)!)
          ever.set(`${key(epoch, lane)} ${seq}`, stream.facts.get(seq)!)
          if (kind === 'gap') stream.reported += (body as Gap).records
        }
        stream.mark = plan.mark
      }
    },
    /** The fact that was committed under this number at any time. */
    everUnder: (epoch: string, lane: Lane, seq: number) => ever.get(`${key(epoch, lane)} ${seq}`),
    marks: (epoch: string): Pick<Ack, 't' | 'e'> => ({
      t: streams.get(key(epoch, 't'))?.mark ?? 0,
      e: streams.get(key(epoch, 'e'))?.mark ?? 0,
    }),
    keepBackup: () => void (backup = copied(streams)),
    restore: () => void (streams = copied(backup)),
    streams: (): ReadonlyMap<string, Stream> => streams,
    wrong: (): readonly string[] => wrong,
  }
}

const copied = (streams: Streams): Streams =>
  new Map([...streams].map(([name, stream]) => [name, { ...stream, facts: new Map(stream.facts), jumps: [...stream.jumps] }]))
