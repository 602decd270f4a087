/**
 * What this box runs by: the newest settings central signed for it that were whole and right, else what it was provisioned
 * with. They rest as the signed message itself, so that nothing but central's own words is ever read back: a damaged or
 * edited file does not open with central's key.
 */
import type { KeyObject } from 'node:crypto'
import { readFileSync, renameSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { writeDurably } from '../durable-file.ts'
import type { ReportedSettings } from '../telemetry/conversation.ts'
import { openFromCentral } from '../telemetry/from-central.ts'
import type { Notices } from '../telemetry/port.ts'
import type { UplinkSettings } from '../telemetry/uplink.ts'
import { decodeDesired, type Desired } from '../wire/desired.ts'
import { encodePacket, PACKET_BYTES_MAX } from '../wire/envelope.ts'
import type { AccessPolicy } from '../wire/policy.ts'
import type { Signed } from '../wire/signed.ts'
import { judge, type Refused } from './offer.ts'

/** While the disk refuses, how often the settings in force are tried to be written down again. */
const SAVE_AGAIN_MILLISECONDS = 60_000

type Options = {
  file: string
  /** This box's topic of settings: what it was signed for. */
  topic: string
  centralKey: KeyObject
  builtIn: AccessPolicy
  /** Unix milliseconds of a clock that is surely set; undefined while it is not. */
  trustedNow: () => number | undefined
  notices: Notices
  log: (line: string) => void
}

export type Settings = UplinkSettings & {
  policy(): AccessPolicy
  /** Who brings a new policy into force. Throwing or rejecting means that it cannot be; then the one before is given back. */
  onPolicy(enforce: (policy: AccessPolicy) => void | Promise<void>): void
  close(): void
}

export function openSettings({ builtIn, notices, log, trustedNow, ...rest }: Options): Settings {
  const shelf = openShelf(rest, notices, log)
  let inForce: Desired | undefined = shelf.read()
  let refused: Refused | undefined
  let enforce: (policy: AccessPolicy) => void | Promise<void> = () => {}

  const policy = () => inForce?.policy ?? builtIn
  const refuse = (next: Refused): boolean => {
    // Central sends it again at each hello; that is one refusal, not many.
    if (!isDeepStrictEqual(next, refused)) {
      log(`Settings ${next.version} are refused: ${next.reason}`)
      notices.tell('config-refused', { detail: next.reason })
    }
    refused = next
    return true
  }
  const giveBack = async (before: AccessPolicy) => {
    try {
      await enforce(before)
    } catch (error) {
      log(`The policy before could not be put back: ${(error as Error).message}`)
    }
  }
  const bringIntoForce = async (desired: Desired, signed: Signed): Promise<boolean> => {
    const before = policy()
    try {
      await enforce(desired.policy)
    } catch (error) {
      await giveBack(before)
      return refuse({ version: desired.version, reason: `it could not be applied: ${(error as Error).message}`.slice(0, 200) })
    }
    shelf.write(signed)
    inForce = desired
    refused = undefined
    log(`Settings ${desired.version} are in force.`)
    notices.tell('policy-applied', { detail: `settings ${desired.version}` })
    return true
  }

  return {
    policy,
    onPolicy(next) {
      enforce = next
    },
    reported: (): ReportedSettings => ({ version: inForce?.version ?? 0, ...(refused && { refused }) }),
    async take(decoded, signed) {
      const verdict = judge(decoded, inForce, trustedNow())
      switch (verdict.is) {
        case 'old':
          return false
        case 'unreadable':
          log(`Settings from central cannot be read: ${verdict.reason}`)
          notices.tell('config-refused', { detail: verdict.reason })
          return false
        case 'refused':
          return refuse(verdict.refused)
        case 'known':
          refused = undefined
          return true
        case 'new':
          return bringIntoForce(verdict.desired, signed)
      }
    },
    close: () => shelf.close(),
  }
}

type ShelfOptions = Pick<Options, 'file' | 'topic' | 'centralKey'>

/** Where the settings rest between two starts. */
function openShelf({ file, topic, centralKey }: ShelfOptions, notices: Notices, log: (line: string) => void) {
  let unwritten: Signed | undefined

  const tryToWrite = () => {
    if (!unwritten) return
    try {
      writeDurably(file, encodePacket(unwritten))
      unwritten = undefined
    } catch (error) {
      log(`The settings are in force but could not be written down, and will be tried again: ${(error as Error).message}`)
    }
  }
  const timer = setInterval(tryToWrite, SAVE_AGAIN_MILLISECONDS).unref()

  return {
    write(signed: Signed): void {
      unwritten = signed
      tryToWrite()
    },
    /** Undefined when there is none; one that is not central's word is set aside for people to look at. */
    read(): Desired | undefined {
      try {
        const size = statSync(file, { throwIfNoEntry: false })?.size
        if (size === undefined) return undefined
        if (size > PACKET_BYTES_MAX) throw new Error(`${size} bytes are more than any settings have`)
        const opened = openFromCentral(topic, readFileSync(file), centralKey)
        if (!opened.ok) throw new Error(opened.reason)
        const desired = decodeDesired(opened.value.body)
        if (!desired.ok) throw new Error(desired.reason)
        return desired.value
      } catch (error) {
        const { message } = error as Error
        log(`The settings in ${file} cannot be used (${message}); what the box was provisioned with is in force.`)
        notices.tell('config-refused', { detail: `stored settings: ${message}` })
        setAside(file)
        return undefined
      }
    },
    close(): void {
      clearInterval(timer)
      tryToWrite()
    },
  }
}

function setAside(file: string): void {
  try {
    renameSync(file, `${file}.damaged-1`)
  } catch {
    // On a disk that takes nothing it stays, and is refused again at the next start.
  }
}
