/** The address bar is the state of a list: filters survive reload, Back and "copy link". */
import { useLocation } from 'preact-iso/router'

/** The query with `changes` applied; an empty value takes the key away, so that addresses stay short. */
export function changed(query: Record<string, string>, changes: Record<string, string | undefined>): string {
  const merged: Record<string, string | undefined> = { ...query, ...changes }
  const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
  const text = new URLSearchParams(kept).toString()
  return text === '' ? '' : `?${text}`
}

export function useQuery() {
  const { path, query, route } = useLocation()
  return {
    query,
    href: (changes: Record<string, string | undefined>) => path + changed(query, changes),
    /** `typing` replaces the entry instead of adding one, so that Back does not replay each letter. */
    set: (changes: Record<string, string | undefined>, how: 'step' | 'typing' = 'step') =>
      route(path + changed(query, changes), how === 'typing'),
  }
}
