/** What differs between two states of the city's access policy, entry by entry. Pure, for the server and the screens. */
import type { PolicyDocument, PolicyDraft } from './api.ts'
import { placeKey } from './place.ts'

/** Everything an editor edits; vouchers change by their own doors. */
const PARTS = ['groups', 'schedules', 'members', 'bypass', 'block', 'garden'] as const
export type Part = (typeof PARTS)[number]
export type Entry<P extends Part> = PolicyDraft[P][number]

export type Change =
  | { part: Part | 'vouchers'; what: 'added' | 'removed' | 'changed'; key: string }
  | { part: 'publicGroup'; what: 'changed'; key: string }
/** Numbers of entries, by part and what happened to them: holds no address and no code. */
export type Counts = Partial<Record<Change['part'], Partial<Record<Change['what'], number>>>>

/** What an entry is known by while it is edited. */
export function keyOf<P extends Part>(part: P, entry: Entry<P>): string {
  if (typeof entry === 'string') return entry
  if (part === 'groups') return (entry as Entry<'groups'>).name
  if (part === 'schedules') return (entry as Entry<'schedules'>).id
  const { mac, device, where } = entry as Entry<'block'>
  return `${mac ?? device ?? ''} ${placeKey(where)}`
}

const keyed = <P extends Part>(part: P, document: PolicyDraft): Map<string, Entry<P>> =>
  new Map((document[part] as Entry<P>[]).map((entry) => [keyOf(part, entry), entry]))

/** The order of an object's fields and of a place's names says nothing. */
function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const each = value.map(canonical)
    return `[${(value.every((item) => typeof item === 'object') ? each : each.sort()).join()}]`
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? ''
  const fields = Object.entries(value).filter(([, held]) => held !== undefined)
  return `{${fields
    .map(([name, held]) => `${name}:${canonical(held)}`)
    .sort()
    .join()}}`
}

export function changesBetween(before: PolicyDraft, after: PolicyDraft): Change[] {
  const changes: Change[] = []
  if (before.publicGroup !== after.publicGroup) changes.push({ part: 'publicGroup', what: 'changed', key: after.publicGroup })
  for (const part of PARTS) {
    const old = keyed(part, before)
    const now = keyed(part, after)
    for (const [key, entry] of now) {
      if (!old.has(key)) changes.push({ part, what: 'added', key })
      else if (!same(old.get(key), entry)) changes.push({ part, what: 'changed', key })
    }
    for (const key of old.keys()) if (!now.has(key)) changes.push({ part, what: 'removed', key })
  }
  return changes
}

/** With the vouchers, which no editor sees. */
export function countsBetween(before: PolicyDocument, after: PolicyDocument): Counts {
  const old = new Set(before.vouchers.map(({ id }) => id))
  const now = new Set(after.vouchers.map(({ id }) => id))
  return counted([
    ...changesBetween(before, after),
    ...[...now].filter((id) => !old.has(id)).map((key): Change => ({ part: 'vouchers', what: 'added', key })),
    ...[...old].filter((id) => !now.has(id)).map((key): Change => ({ part: 'vouchers', what: 'removed', key })),
  ])
}

function counted(changes: readonly Change[]): Counts {
  const counts: Counts = {}
  for (const { part, what } of changes) {
    const of = (counts[part] ??= {})
    of[what] = (of[what] ?? 0) + 1
  }
  return counts
}

/**
 * Mine on top of theirs: what I did not touch since `base` is as they left it, what I touched is as I want it.
 * An entry that both changed is mine; whoever publishes sees the difference to theirs first.
 */
export function onTop(base: PolicyDraft, mine: PolicyDraft, theirs: PolicyDraft): PolicyDraft {
  const part = <P extends Part>(name: P): Entry<P>[] => {
    const old = keyed(name, base)
    const wanted = keyed(name, mine)
    const result = keyed(name, theirs)
    for (const [key, entry] of wanted) if (!old.has(key) || !same(old.get(key), entry)) result.set(key, entry)
    for (const key of old.keys()) if (!wanted.has(key)) result.delete(key)
    return [...result.values()]
  }
  return {
    publicGroup: mine.publicGroup === base.publicGroup ? theirs.publicGroup : mine.publicGroup,
    groups: part('groups'),
    schedules: part('schedules'),
    members: part('members'),
    bypass: part('bypass'),
    block: part('block'),
    garden: part('garden'),
  }
}
