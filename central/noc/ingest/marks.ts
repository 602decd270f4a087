/** The marks on disk, remembered. The store refuses a commit whose remembered mark is not the one on disk. */
import type { Lane } from '#edge/wire/envelope.ts'
import type { Marks, MarkMove, TelemetryStore } from './store-port.ts'

/** A box makes a new outbox when its disk is replaced or wiped; more than this in a day is a fault or an attack. */
const NEW_EPOCHS_PER_DAY_MAX = 16
/** Five per box of the largest fleet planned; past it everything is read again, which costs a lookup each. */
const REMEMBERED_MAX = 50_000
const DAY_MS = 86_400_000

export type MarkBook = ReturnType<typeof createMarkBook>

export function createMarkBook(store: Pick<TelemetryStore, 'marks' | 'epochsSince'>) {
  const known = new Map<string, Marks>()
  const key = (node: string, epoch: string) => `${node} ${epoch}`

  async function read(node: string, epoch: string): Promise<Marks | undefined> {
    const remembered = known.get(key(node, epoch))
    if (remembered) return remembered
    const marks = await store.marks(node, epoch)
    if (!marks) return undefined
    if (known.size >= REMEMBERED_MAX) known.clear()
    known.set(key(node, epoch), marks)
    return marks
  }

  return {
    read,
    /** True when this generation is known, or new and acceptable. */
    async admit(node: string, epoch: string, now: number): Promise<'known' | 'new' | 'too-many'> {
      if (await read(node, epoch)) return 'known'
      return (await store.epochsSince(node, now - DAY_MS)) < NEW_EPOCHS_PER_DAY_MAX ? 'new' : 'too-many'
    },
    committed: async (node: string, epoch: string, lane: Lane): Promise<number> => (await read(node, epoch))?.[lane] ?? 0,
    moved(moves: MarkMove[]): void {
      for (const move of moves) {
        const marks = known.get(key(move.node, move.epoch)) ?? { t: 0, e: 0 }
        known.set(key(move.node, move.epoch), { ...marks, [move.lane]: move.to })
      }
    },
    forget: (moves: MarkMove[]) => moves.forEach((move) => known.delete(key(move.node, move.epoch))),
  }
}
