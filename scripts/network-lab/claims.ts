/** Which labs exist on this machine: one file per lab, so that labs do not collide and a crashed one is cleared away. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { overlaps, type LabPlan } from './topology.ts'

const CLAIMS = '/run/broadband-city-lab'
const LABS_MAX = 255

export type Claim = {
  plan: LabPlan
  /** The lab goes with this process; undefined for a lab that stays until `lab down`. */
  ownerPid: number | undefined
  /** Sockets, logs, configurations. */
  folder: string
  name: string | undefined
}

type Wish = Pick<LabPlan, 'phones' | 'hostVisitor' | 'addressing' | 'routedV6'> & {
  stays: boolean
  name: string | undefined
  folder: string
}

/** @param routes destinations already routed on this machine. */
export function claimLab(wish: Wish, routes: string[]): Claim {
  mkdirSync(CLAIMS, { recursive: true, mode: 0o755 })
  const free = <T>(what: string, candidates: T[], network: (candidate: T) => string): T => {
    const found = candidates.find((candidate) => !overlaps(network(candidate), routes))
    if (found === undefined) throw new Error(`No free ${what} for the lab: this machine routes them all already.`)
    return found
  }
  // Only the parts that touch the machine itself can collide with what it routes.
  const inRoot = <T>(what: string, candidates: T[], network: (candidate: T) => string): T =>
    wish.hostVisitor ? free(what, candidates, network) : (candidates[0] as T)
  const lanOctet = inRoot('LAN', [77, 87, 97, 107], (octet) => `10.${octet}.0.0/24`)
  const internetPrefix = inRoot('internet', ['198.51.100', '203.0.113', '198.18.51'], (prefix) => `${prefix}.0/24`)
  for (let number = 0; number < LABS_MAX; number += 1) {
    const managementOctet = [79, 89, 99, 109].find((octet) => !overlaps(`10.${octet}.${number}.0/30`, routes))
    if (managementOctet === undefined) continue
    const { phones, hostVisitor, addressing, routedV6 } = wish
    const plan: LabPlan = { number, phones, lanOctet, managementOctet, internetPrefix, hostVisitor, addressing, routedV6 }
    const claim: Claim = { plan, ownerPid: wish.stays ? undefined : process.pid, folder: wish.folder, name: wish.name }
    try {
      writeFileSync(fileOf(number), JSON.stringify(claim), { flag: 'wx', mode: 0o600 })
      return claim
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
  }
  throw new Error('No free number for the lab. See ./scripts/lab status, and ./scripts/lab down for those you do not need.')
}

export function readClaims(): Claim[] {
  let files: string[]
  try {
    files = readdirSync(CLAIMS)
  } catch {
    return []
  }
  return files
    .filter((file) => /^\d+\.json$/.test(file))
    .flatMap((file) => {
      try {
        return [JSON.parse(readFileSync(join(CLAIMS, file), 'utf8')) as Claim]
      } catch {
        // Gone since, or just being written: not ours to judge.
        return []
      }
    })
}

export function releaseClaim({ plan }: Claim): void {
  rmSync(fileOf(plan.number), { force: true })
}

/** A lab whose process died without clearing up. */
export function isAbandoned({ ownerPid }: Claim): boolean {
  if (ownerPid === undefined) return false
  try {
    process.kill(ownerPid, 0)
    return false
  } catch {
    return true
  }
}

const fileOf = (number: number): string => join(CLAIMS, `${number}.json`)
