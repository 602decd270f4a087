/**
 * The people central says may log in (wire/radius-accounts.ts): the newest list it signed that was whole. It rests as the
 * signed messages themselves, so that nothing but central's own words is ever read back, and it works without central.
 */
import type { KeyObject } from 'node:crypto'
import { readFileSync, renameSync, statSync } from 'node:fs'
import { writeDurably } from '../durable-file.ts'
import { openFromCentral } from '../telemetry/from-central.ts'
import type { Notices } from '../telemetry/port.ts'
import { decodeRadiusAccounts, RADIUS_PARTS_MAX, type RadiusAccounts, type RadiusUser } from '../wire/radius-accounts.ts'
import { openSigned, type Signed } from '../wire/signed.ts'
import { userTable } from './users.ts'

/** Twenty parts as text, with room. */
const FILE_OCTETS_MAX = 16 * 1024 * 1024
/** As for other settings: a list signed while central's clock was years ahead would shut out every later one until then. */
const AHEAD_MILLISECONDS_MAX = 86_400_000
/** The wire's (desired.ts). */
const REASON_LETTERS_MAX = 200

type Options = {
  file: string
  /** This box's topic of accounts: what it was signed for. */
  topic: string
  centralKey: KeyObject
  /** Whether the site opted in to secrets that can be read back; else a list that holds any is refused whole. */
  recoverableSecrets: boolean
  /** Unix milliseconds of a clock that is surely set; undefined while it is not. */
  trustedNow: () => number | undefined
  notices: Notices
  log: (line: string) => void
}

export type CentralAccounts = {
  /** 0 before the first. */
  version(): number
  users(): readonly RadiusUser[]
  /** Any one part, in any order. `waiting`: more parts are to come. */
  take(payload: Uint8Array): 'taken' | 'waiting' | 'known' | 'old' | 'refused'
  onUsers(use: (users: readonly RadiusUser[]) => void): void
  /** Writes down what a full disk refused. */
  saveAgain(): void
}

/** Beside what RADIUS needs, what central is told. */
export type ToldAccounts = CentralAccounts & {
  /** Why the newest list was not taken; undefined once one was. Version 0 where it could not be told. */
  refused(): { version: number; reason: string } | undefined
}

type Part = { accounts: RadiusAccounts; signed: Signed }
type Whole = { version: number; sentAt: number; users: readonly RadiusUser[] }

export function openCentralAccounts(options: Options): ToldAccounts {
  const { file, topic, centralKey, recoverableSecrets, trustedNow, notices, log } = options
  let inForce: Whole | undefined = read(options)
  let parts = new Map<number, Part>()
  let unwritten: Signed[] | undefined
  let use: (users: readonly RadiusUser[]) => void = () => {}
  let refused: { version: number; reason: string } | undefined

  const refuse = (reason: string, version = 0): 'refused' => {
    refused = { version, reason: reason.slice(0, REASON_LETTERS_MAX) }
    log(`Accounts from central are refused: ${reason}`)
    notices.tell('config-refused', { detail: reason })
    return 'refused'
  }
  const saveAgain = (): void => {
    if (!unwritten) return
    try {
      writeDurably(file, JSON.stringify(unwritten))
      unwritten = undefined
    } catch (error) {
      log(`The accounts are in force but could not be written down, and will be tried again: ${(error as Error).message}`)
    }
  }
  const bringIntoForce = (all: Part[]): 'taken' | 'refused' => {
    const { version, sentAt } = all[0]!.accounts
    const users = all.flatMap(({ accounts }) => accounts.users)
    const reason = whyUnusable(users, recoverableSecrets)
    if (reason !== undefined) return refuse(reason, version)
    refused = undefined
    inForce = { version, sentAt, users }
    parts = new Map()
    unwritten = all.map(({ signed }) => signed)
    saveAgain()
    use(users)
    log(`Accounts ${version} are in force: ${users.length} users.`)
    notices.tell('policy-applied', { detail: `radius accounts ${version}` })
    return 'taken'
  }

  return {
    version: () => inForce?.version ?? 0,
    refused: () => refused,
    users: () => inForce?.users ?? [],
    onUsers(next) {
      use = next
    },
    saveAgain,
    take(payload) {
      const opened = openFromCentral(topic, payload, centralKey)
      if (!opened.ok) return refuse(opened.reason)
      const decoded = decodeRadiusAccounts(opened.value.body)
      if (!decoded.ok) return refuse(decoded.reason)
      const { value: accounts } = decoded
      if (inForce && accounts.version === inForce.version && accounts.sentAt === inForce.sentAt) return 'known'
      const [other] = parts.values()
      const newest = other ?? undefined
      if (accounts.sentAt < Math.max(inForce?.sentAt ?? 0, newest?.accounts.sentAt ?? 0)) return 'old'
      const now = trustedNow()
      if (now !== undefined && accounts.sentAt > now + AHEAD_MILLISECONDS_MAX)
        return refuse('signed more than a day ahead of this box’s clock', accounts.version)
      // Parts of two lists never make one.
      if (newest && !isSameList(newest.accounts, accounts)) parts = new Map()
      parts.set(accounts.part, { accounts, signed: opened.value.signed })
      return parts.size < accounts.parts ? 'waiting' : bringIntoForce([...parts.values()].sort((a, b) => a.accounts.part - b.accounts.part))
    },
  }
}

const isSameList = (a: RadiusAccounts, b: RadiusAccounts): boolean =>
  a.version === b.version && a.sentAt === b.sentAt && a.parts === b.parts

function whyUnusable(users: readonly RadiusUser[], recoverableSecrets: boolean): string | undefined {
  if (!recoverableSecrets && users.some(({ ntHash, password }) => ntHash !== undefined || password !== undefined))
    return 'the list holds passwords that can be read back, which this site has not opted in to'
  try {
    userTable(users)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Undefined when there is none; one that is not central's word is set aside for people to look at. */
function read({ file, topic, centralKey, recoverableSecrets, notices, log }: Options): Whole | undefined {
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size
    if (size === undefined) return undefined
    if (size > FILE_OCTETS_MAX) throw new Error(`${size} octets are more than any list has`)
    const packet = decodeText(readFileSync(file))
    const all = packet.map((signed) => {
      const opened = openSigned(topic, signed, centralKey)
      const decoded = opened.ok ? decodeRadiusAccounts(opened.value) : opened
      if (!decoded.ok) throw new Error(decoded.reason)
      return decoded.value
    })
    const [first] = all
    if (first === undefined || all.length !== first.parts || !all.every((one, i) => one.part === i + 1 && isSameList(one, first)))
      throw new Error('its parts are not one list')
    const users = all.flatMap((one) => one.users)
    const reason = whyUnusable(users, recoverableSecrets)
    if (reason !== undefined) throw new Error(reason)
    return { version: first.version, sentAt: first.sentAt, users }
  } catch (error) {
    const { message } = error as Error
    log(`The accounts in ${file} cannot be used (${message}); nobody on central's list can log in until it sends them again.`)
    notices.tell('config-refused', { detail: `stored radius accounts: ${message}` })
    setAside(file)
    return undefined
  }
}

function decodeText(octets: Buffer): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(octets.toString('utf8'))
  } catch {
    // The parser's own words quote the text, and passwords may stand in it.
    throw new Error('it is not JSON')
  }
  if (!Array.isArray(value) || value.length > RADIUS_PARTS_MAX) throw new Error('it is not a list of signed messages')
  return value as unknown[]
}

function setAside(file: string): void {
  try {
    renameSync(file, `${file}.damaged-1`)
  } catch {
    // On a disk that takes nothing it stays, and is refused again at the next start.
  }
}
