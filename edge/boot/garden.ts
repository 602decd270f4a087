/**
 * The walled garden of the policy in force. A name that is taken out of it closes at once: dnsmasq gets its new list, and
 * the gate forgets every address that the old one has opened. Names that stay open again with a phone's next question.
 */
import type { DnsmasqFiles } from '../agent/dnsmasq-files.ts'
import type { Gate } from '../gate/port.ts'

/**
 * dnsmasq answers by its old list until its keeper has stopped it, and such an answer opens a name again. The keeper looks
 * twice a second and gives dnsmasq two seconds to end; so the gate forgets a second time when that is surely over.
 */
export const FORGET_AGAIN_MS = 3_000

type Deps = {
  files: Pick<DnsmasqFiles, 'garden'>
  gate: Pick<Gate, 'forgetGarden'>
  log: (line: string) => void
}

export type Garden = {
  use(domains: readonly string[]): void
  close(): void
}

export function createGarden({ files, gate, log }: Deps): Garden {
  /** What dnsmasq was told last; before that, what an earlier run told it is not known. */
  let told: readonly string[] | undefined
  let round = 0
  let complained = false
  let timer: NodeJS.Timeout | undefined

  /** A gate that does not answer is asked until it does: its table outlives it, and with it what is open. */
  async function forget(ofRound: number, times: number): Promise<void> {
    let left = times
    try {
      await gate.forgetGarden()
      left -= 1
      complained = false
    } catch (error) {
      if (!complained) log(`Names taken out of the walled garden stay open until the gate answers: ${(error as Error).message}`)
      complained = true
    }
    if (ofRound !== round || left === 0) return
    timer = setTimeout(() => void forget(ofRound, left), FORGET_AGAIN_MS)
  }

  return {
    use(domains) {
      const before = told
      if (!files.garden(domains)) return
      told = domains
      if (before?.every((domain) => domains.includes(domain))) return
      clearTimeout(timer)
      round += 1
      void forget(round, 2)
    },
    close() {
      round += 1
      clearTimeout(timer)
    },
  }
}
