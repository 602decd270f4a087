/** Hands dnsmasq its two changing files: what the walled garden opens, and where phones find the captive portal API. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CAPTIVE_API_FILE, GARDEN_FILE, type EdgeConfig } from '../config.ts'
import { writeDurably } from '../durable-file.ts'
import { renderCaptiveApi } from './captive-api-file.ts'
import { renderGarden } from './garden-file.ts'

/** dnsmasq runs as a user of its own; nothing in them is secret. */
const MODE = 0o644

export type DnsmasqFiles = {
  /** @returns whether dnsmasq has other names to go by from now on. */
  garden(domains: readonly string[]): boolean
  /** Undefined: there is no API now, and no phone may be sent to it. */
  captiveApi(url: string | undefined): void
}

/** A file that cannot be written is a line in the log: visitors go on with what dnsmasq knows. */
export function dnsmasqFiles(dnsmasq: EdgeConfig['dnsmasq'], log: (line: string) => void): DnsmasqFiles {
  if (!dnsmasq) return { garden: () => false, captiveApi: () => {} }
  const { folder, upstream } = dnsmasq
  const bring = (name: string, render: () => string | undefined): boolean => {
    const file = join(folder, name)
    try {
      const text = render()
      // Each change restarts a resolver.
      if (text === contentOf(file)) return false
      if (text === undefined) rmSync(file, { force: true })
      else writeDurably(file, text, MODE)
      return true
    } catch (error) {
      log(`dnsmasq's ${name} could not be brought up to date: ${(error as Error).message}`)
      return false
    }
  }
  return {
    garden: (domains) => bring(GARDEN_FILE, () => renderGarden({ domains, upstream })),
    captiveApi: (url) => void bring(CAPTIVE_API_FILE, () => (url === undefined ? undefined : renderCaptiveApi(url))),
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
