/**
 * Sends acks without letting a box that does not read hold up the others: one on its way per box, and what is owed
 * meanwhile is said once, with the marks as they are then. Acks are cumulative, so nothing is lost by that.
 */
export type Acks = { owe(node: string, epoch: string): void; settle(): Promise<void> }

/** A box speaks of one epoch; a second one is its new outbox. */
const EPOCHS_OWED_MAX = 4

export function createAcks(send: (node: string, epoch: string) => Promise<void>): Acks {
  const owed = new Map<string, Set<string>>()
  const sending = new Set<Promise<void>>()

  async function sendAll(node: string, epochs: Set<string>): Promise<void> {
    for (const epoch of epochs) {
      epochs.delete(epoch)
      await send(node, epoch)
    }
    owed.delete(node)
  }

  return {
    owe(node, epoch) {
      const waiting = owed.get(node)
      if (waiting) {
        if (waiting.size < EPOCHS_OWED_MAX) waiting.add(epoch)
        return
      }
      const epochs = new Set([epoch])
      owed.set(node, epochs)
      const sent: Promise<void> = sendAll(node, epochs).finally(() => sending.delete(sent))
      sending.add(sent)
    },
    async settle() {
      while (sending.size > 0) await Promise.all(sending)
    },
  }
}
