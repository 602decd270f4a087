/** Twice what access points of one box have at once; some 100 octets each. */
const REMEMBERED_MAX = 4096

/** The same function, which of its last answers knows the question. Only for what never changes and may stay in memory. */
export function remembering<T>(answer: (question: string) => T): (question: string) => T {
  const known = new Map<string, T>()
  return (question) => {
    const before = known.get(question)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED_MAX) known.clear()
    const now = answer(question)
    known.set(question, now)
    return now
  }
}
