import type { FastifyRequest } from 'fastify'
import type { EdgeConfig } from '../config.ts'

export type Site = ReturnType<typeof createSite>

/** What this box is called by its visitors, and what it sends them to: its HTTPS name while a certificate holds, else its plain address. */
export function createSite({ origin, tls }: Pick<EdgeConfig['welcome'], 'origin' | 'tls'>) {
  const plain = new URL(origin)
  const names = new Set([plain.hostname, ...(tls ? [tls.name] : [])])
  const secured = tls && `https://${tls.name}`
  let secure = false

  return {
    origin: (): string => (secure ? (secured ?? origin) : origin),
    secure: (on: boolean): void => void (secure = on),
    /** By any of its names, on the port a connection really came to or the usual ones. */
    isOwnHost(host: string, localPort: number | undefined): boolean {
      if (host === plain.host) return true
      const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? []
      return names.has(name) && (port === undefined || port === String(localPort) || port === '80' || port === '443')
    },
    /** Browsers name where a form stood; ours stand on this box only. */
    isOwnForm(from: string, here: string): boolean {
      return from === here || from === origin || from === secured
    },
  }
}

/** Without cookies the visitor is known by address alone, so another site's form would speak for them; browsers name that site. */
export const isForeignForm = (site: Site, { headers, protocol }: FastifyRequest): boolean =>
  headers.origin !== undefined && !site.isOwnForm(headers.origin, `${protocol}://${headers.host}`)
