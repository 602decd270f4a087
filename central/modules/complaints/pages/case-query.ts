/** From the address of the queue to the API's query; pure. */
import type { ComplaintState } from '../api.ts'

/** In the order a complaint lives through them. */
export const STATES = ['masuk', 'diteruskan', 'ditangani', 'dijawab', 'selesai', 'diarsip'] as const satisfies readonly ComplaintState[]
/** The five steps of the chain; `diarsip` leaves it. */
export const CHAIN = ['masuk', 'diteruskan', 'ditangani', 'dijawab', 'selesai'] as const satisfies readonly ComplaintState[]

const KEYS = ['state', 'category', 'q', 'mine', 'node', 'page'] as const
/** The API's own limits, so that a long paste is cut here and not refused there. */
const LENGTHS: Partial<Record<(typeof KEYS)[number], number>> = { q: 80, category: 30, node: 32 }

export function apiQuery(query: Record<string, string>): string {
  const params = new URLSearchParams()
  for (const key of KEYS) {
    const value = query[key]?.slice(0, LENGTHS[key] ?? 20)
    if (!value) continue
    if (key === 'state' && !STATES.some((state) => state === value)) continue
    if (key === 'mine' && value !== '1') continue
    if (key === 'page' && !/^[1-9]\d{0,3}$/.test(value)) continue
    params.set(key, value)
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

export const isFiltered = (query: Record<string, string>): boolean =>
  ['state', 'category', 'q', 'mine', 'node'].some((key) => Boolean(query[key]))
