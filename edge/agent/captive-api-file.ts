/**
 * captive-api.conf: where phones find the captive portal API (RFC 8910). The edge writes it while a certificate that phones
 * accept is installed, and takes it away otherwise: phones refuse an API they cannot verify (RFC 8908 §4.1), and the
 * option left behind without one keeps iPhones from opening the portal at all. The box's DHCP reads it. Pure.
 */

/** One DHCPv4 option holds this much (RFC 8910 §2.1); the same URL must go into all of them. */
const URL_BYTES_MAX = 255

/** https with a name, not an address, and nothing that means something to dnsmasq. */
const API_URL = /^https:\/\/([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(:[1-9]\d{0,4})?(\/[A-Za-z0-9._~/-]*)?$/

/** @throws Error when the URL is not one that a phone would use. */
export function renderCaptiveApi(url: string): string {
  if (!isApiUrl(url)) throw new Error(`not the URL of a captive portal API: ${JSON.stringify(url)}`)
  return [
    '# Where phones find the captive portal API. Written by the edge; see edge/agent/captive-api-file.ts.',
    // Forced: many phones look for it without having asked.
    `dhcp-option-force=114,${url}`,
    `dhcp-option=option6:103,${url}`,
    '',
  ].join('\n')
}

/** A line the file may have. Whoever hands it to dnsmasq, which can also be told to run programs, looks first. */
export function isCaptiveApiLine(line: string): boolean {
  if (line === '' || line.startsWith('#')) return true
  const [, url = ''] = /^(?:dhcp-option-force=114|dhcp-option=option6:103),(.*)$/.exec(line) ?? []
  return isApiUrl(url)
}

const isApiUrl = (url: string): boolean => url.length <= URL_BYTES_MAX && API_URL.test(url)
