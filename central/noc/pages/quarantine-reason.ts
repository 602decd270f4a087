/** What a refusal means to whoever watches the network: the technical reason, sorted. Pure; the words are in words/*.json. */

const REASONS = [
  ['kind', /^record \d+: unknown kind "(?<what>[^"]*)"/],
  ['absurd', /^record \d+: .*(?:100? Gbit\/s|must be (?:<=|>=|<|>))/],
  ['lane', /(?:does not belong on lane|^lane . on the topic of lane)/],
  ['unregistered', /not a registered hotspot/],
  ['body', /^record \d+: /],
  ['version', /^wire version (?<what>.*) is not 1/],
  ['impostor', /^an? \w+ of (?<what>\S+) on the topic of/],
  ['retained', /must not be retained/],
  ['large', /^(?:packet (?:of|is over)|unreadable packet: Cannot create a Buffer larger)/],
  ['unreadable', /^(?:unreadable|empty) packet/],
  ['publish', /may not publish/],
  ['subscribe', /may not subscribe/],
  ['revoked', /its certificate was revoked/],
  ['expired', /its certificate has expired|its certificate is not valid yet/],
  ['stranger', /no certificate was shown|not of this city’s authority|made for another use/],
  ['unregistered', /no such hotspot is registered/],
  ['misnamed', /calls itself (?<what>\S+)/],
  ['login', /^connection refused/],
  ['handshake', /^handshake:/],
  ['protocol', /^protocol:/],
  ['epochs', /too many new outboxes/],
  ['went-back', /^the outbox went back/],
  ['topic', /^not a topic of a box/],
  ['order', /^sequence numbers within a batch/],
  ['ahead', /^records before it are missing/],
  ['old', /^too old to know/],
  ['not-kept', /cannot be tried again/],
  ['busy', /^the box is sending at this moment/],
  ['schema', /^(?:batch|status|hello|report) /],
] as const satisfies readonly (readonly [string, RegExp])[]

export type ReasonCode = (typeof REASONS)[number][0] | 'other'

export function reasonOf(reason: string): { code: ReasonCode; what: string } {
  for (const [code, pattern] of REASONS) {
    const found = pattern.exec(reason)
    if (found) return { code, what: found.groups?.['what'] ?? '' }
  }
  return { code: 'other', what: '' }
}
