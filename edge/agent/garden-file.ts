/**
 * garden.conf: the names that visitors reach before the login. The edge writes it when the policy changes; the box's
 * captive dnsmasq, which otherwise asks nobody, reads it: it may ask about these domains, and every address it hears goes
 * into the gate's sets on its way to the phone. Pure: facts in, text out.
 */
import { isIP } from 'node:net'
import { Compile } from 'typebox/compile'
import { GardenDomain } from '../wire/policy.ts'

/** In table `inet gate` (gate/ruleset.ts); dnsmasq adds addresses, the gate lets them go after a while. */
const GARDEN_SETS = '4#inet#gate#garden4,6#inet#gate#garden6'

const domainSchema = Compile(GardenDomain)

/** @throws Error naming a domain or an upstream that is not one. */
export function renderGarden({ domains, upstream }: { domains: readonly string[]; upstream: readonly string[] }): string {
  const wrongDomain = domains.find((domain) => !domainSchema.Check(domain))
  if (wrongDomain !== undefined) throw new Error(`not a domain for the walled garden: ${JSON.stringify(wrongDomain)}`)
  const wrongServer = upstream.find((server) => !isNameServer(server))
  if (wrongServer !== undefined) throw new Error(`not a name server: ${JSON.stringify(wrongServer)}`)
  // Without anybody to ask, "server=/domain/" would mean that the name does not exist; captive is the honest answer.
  const open = upstream.length === 0 ? [] : [...new Set(domains)].sort()
  return [
    '# Names that visitors reach before the login. Written by the edge; see edge/agent/garden-file.ts.',
    ...open.flatMap((domain) => [...upstream.map((server) => `server=/${domain}/${server}`), `nftset=/${domain}/${GARDEN_SETS}`]),
    '',
  ].join('\n')
}

/** A line the file may have. Whoever hands it to dnsmasq, which can also be told to run programs, looks first. */
export function isGardenLine(line: string): boolean {
  if (line === '' || line.startsWith('#')) return true
  const [, option, domain = '', rest = ''] = /^(server|nftset)=\/([^/]*)\/(.*)$/.exec(line) ?? []
  return domainSchema.Check(domain) && (option === 'server' ? isNameServer(rest) : rest === GARDEN_SETS)
}

/** `1.1.1.1`, `2606:4700::1111`, or either with dnsmasq's `#port`. */
function isNameServer(text: string): boolean {
  const [address = '', port, ...more] = text.split('#')
  // A zone (fe80::1%eth0) would name an interface of the box, which is nobody's to choose here.
  return more.length === 0 && isIP(address) !== 0 && !address.includes('%') && (port === undefined || /^[1-9]\d{0,4}$/.test(port))
}
