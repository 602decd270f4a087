/** Looks at the running sessions now and then, and when policy or accounts change, and asks for what must become of them. */
import type { AcctSession } from '../accounting.ts'
import type { Rules } from '../rules.ts'
import type { AccessPolicy } from '../../wire/policy.ts'
import type { Changes } from './changes.ts'
import type { ChangeStore } from './store.ts'
import { changesWanted, limitsOf } from './wanted.ts'

/** As often as the portal looks at its own sessions. */
const LOOK_MS = 15_000
const TICK_MS = 1_000
/** Accounts taken from the lists since the start; a session of one forgotten ends by its Session-Timeout. */
const REMOVED_MAX = 20_000

type Options = {
  changes: Changes
  store: ChangeStore
  running: () => AcctSession[]
  rules: Rules
  accountName: (account: string) => string
  /** Milliseconds of a clock that nobody sets. */
  steady?: () => number
  now: () => number
}

export type ChangeWatch = {
  /** These accounts may no longer be online, or may again. */
  removed(accounts: Iterable<string>): void
  restored(accounts: Iterable<string>): void
  look(): void
  close(): void
}

export function watchChanges({ changes, store, running, rules, accountName, steady = () => performance.now(), now }: Options): ChangeWatch {
  const gone = new Set<string>()
  const told = store.told()
  let policy: AccessPolicy | undefined
  let lookedAt = -Infinity

  const removed = (accounts: Iterable<string>): void => {
    for (const account of accounts) if (gone.size < REMOVED_MAX) gone.add(accountName(account))
  }
  const restored = (accounts: Iterable<string>): void => {
    if (gone.size > 0) for (const account of accounts) gone.delete(accountName(account))
  }
  const followPolicy = (next: AccessPolicy): void => {
    const before = policy
    policy = next
    const kept = new Set(accountsOf(next))
    restored(kept)
    if (before) removed(accountsOf(before).filter((account) => !kept.has(account)))
  }
  /** Groups by what they are told now, schedules included; those told otherwise before. */
  const changedLimits = (): Map<string, string> => {
    const changed = new Map<string, string>()
    for (const { name } of policy?.groups ?? []) {
      const { group } = rules.rule({ account: '', group: name })
      const limits = group && limitsOf(group)
      if (limits !== undefined && told.get(name) !== limits) changed.set(name, limits)
    }
    return changed
  }
  const look = (): void => {
    lookedAt = steady()
    const next = rules.policy()
    if (next !== policy) followPolicy(next)
    const changed = changedLimits()
    const wanted = changesWanted(running(), {
      isBlocked: rules.isBlocked,
      isClosed: (group) => rules.rule({ account: '', group }).closed !== undefined,
      group: (name) => rules.rule({ account: '', group: name }).group,
      isRemoved: (account) => gone.has(account),
      // A group never told of before has no session that could know other limits.
      hasNewLimits: (group) => changed.has(group) && told.has(group),
    })
    for (const { session, kind, reason } of wanted) changes.ask(session, kind, reason)
    for (const [group, limits] of changed) {
      told.set(group, limits)
      store.tell(group, limits)
    }
    store.prune(now())
  }
  // What sessions are let in with from now on is known before the first of them.
  look()
  const timer = setInterval(() => {
    if (steady() - lookedAt >= LOOK_MS || rules.policy() !== policy) look()
    changes.tick()
  }, TICK_MS).unref()

  return { removed, restored, look, close: () => clearInterval(timer) }
}

const accountsOf = ({ vouchers, bypass, members }: AccessPolicy): string[] => [
  ...vouchers.map(({ id }) => `voucher:${id}`),
  ...[...bypass, ...members].map(({ mac }) => `device:${mac}`),
]
