export type RadiusCounters = {
  accepts: number
  rejects: number
  challenges: number
  /** Access-Requests of legacy clients that were taken without Message-Authenticator. */
  unproven: number
  /** Accounting-Requests answered, that is, on disk. */
  accounting: number
  /** Status-Server answered. */
  status: number
  /** Replies sent again, octet for octet. */
  resent: number
  /** Datagrams that got silence; each is in `reasons` too. */
  discarded: number
  /** By reason, our own troubles (`record-failed`, `report-dropped`) included. */
  reasons: Record<string, number>
}

export type Counters = ReturnType<typeof counters>

export function counters() {
  const totals: RadiusCounters = {
    accepts: 0,
    rejects: 0,
    challenges: 0,
    unproven: 0,
    accounting: 0,
    status: 0,
    resent: 0,
    discarded: 0,
    reasons: {},
  }
  const fault = (reason: string, times = 1): void => {
    totals.reasons[reason] = (totals.reasons[reason] ?? 0) + times
  }
  return {
    fault,
    discard(reason: string): void {
      totals.discarded++
      fault(reason)
    },
    access(code: 'Access-Accept' | 'Access-Reject' | 'Access-Challenge'): void {
      if (code === 'Access-Accept') totals.accepts++
      else if (code === 'Access-Reject') totals.rejects++
      else totals.challenges++
    },
    unproven: (): void => void totals.unproven++,
    accounting: (): void => void totals.accounting++,
    status: (): void => void totals.status++,
    resent: (): void => void totals.resent++,
    read: (): RadiusCounters => ({ ...totals, reasons: { ...totals.reasons } }),
  }
}
