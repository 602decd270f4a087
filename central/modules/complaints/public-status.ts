/** What a citizen reads on the portal for each state. Pure. */
import type { ComplaintState, TicketNews } from './api.ts'

export type PublicFacts = {
  state: ComplaintState
  /** It was with an office before and came back to the desk. */
  returned: boolean
}

export function publicStatus({ state, returned }: PublicFacts): TicketNews['status'] {
  switch (state) {
    case 'masuk':
      return returned ? 'koordinasi' : 'menunggu'
    case 'diteruskan':
      return 'disposisi'
    case 'ditangani':
      return 'proses'
    case 'dijawab':
    case 'selesai':
      return 'selesai'
    case 'diarsip':
      return 'ditutup'
  }
}
