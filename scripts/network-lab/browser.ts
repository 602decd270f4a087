/** Chromium on a lab phone: the namespace's own interfaces, names and routes, driven through a pipe. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { Claim } from './claims.ts'
import { inside } from './namespaces.ts'
import { PHONES_MAX } from './topology.ts'

/** First start from a cold disk on a busy machine. */
const LAUNCH_MS_MAX = 60_000

export type BrowserOptions = { args?: string[] }

/** Root needs --no-sandbox; the rest keeps Chromium from talking to anybody but the page. */
const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

export async function launchBrowser(claim: Claim, phone: number, { args = [] }: BrowserOptions = {}): Promise<Browser> {
  if (!Number.isInteger(phone) || phone < 1 || phone > Math.min(claim.plan.phones, PHONES_MAX))
    throw new Error(`This lab has phones 1 to ${claim.plan.phones}.`)
  // Loaded here so that a lab without a browser needs no browser library.
  const { chromium } = await import('playwright-core')
  const wrapper = join(claim.folder, `chromium-phone${phone}`)
  const command = inside(claim.plan, `phone${phone}`, ['chromium']).join(' ')
  writeFileSync(wrapper, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
  return chromium.launch({ executablePath: wrapper, args: [...QUIET, ...args], timeout: LAUNCH_MS_MAX })
}
