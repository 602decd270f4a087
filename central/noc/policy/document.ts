/** The city's access policy: what may be published, and the part of it that concerns one box. Pure. */
import { domainToASCII } from 'node:url'
import { PACKET_BYTES_MAX, encodePacket } from '#edge/wire/envelope.ts'
import { decodePolicy, type AccessPolicy } from '#edge/wire/policy.ts'
import { dayInCity } from '../../platform/calendar/days.ts'
import type { PolicyDocument, PolicyDraft, Problem } from './api.ts'
import { covers, meet, type Place, type Where } from './place.ts'
import { overlap } from './week.ts'

/** The signature, the topic and zstd's frame beside the policy itself. */
const ENVELOPE_BYTES = 4_096

/** What this box runs by: the entries whose place it stands in, without the places. */
export function policyFor(document: PolicyDocument, place: Place): AccessPolicy {
  const here = <T extends { where: Where }>(entries: readonly T[]): Omit<T, 'where'>[] =>
    entries.filter(({ where }) => covers(where, place)).map(({ where: _, ...entry }) => entry)
  return {
    publicGroup: document.publicGroup,
    groups: document.groups,
    schedules: here(document.schedules),
    members: here(document.members),
    bypass: here(document.bypass),
    block: here(document.block),
    vouchers: here(document.vouchers),
    garden: document.garden,
  }
}

/** Twelve hex digits with any of the usual separators, or undefined. `aa-bb-…`, `AABB.CCDD.EEFF`, `aabbccddeeff` … */
export function macOf(typed: string): string | undefined {
  const digits = typed
    .trim()
    .toLowerCase()
    .replaceAll(/[\s:.-]/g, '')
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined
  return digits.match(/../g)!.join(':')
}
/** The lowest bit of the first octet: an address of many is no device's. */
const isOfMany = (mac: string) => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1

/** A domain out of whatever was copied: scheme, path, `*.`, capitals and other scripts are put right. */
export function domainOf(typed: string): string | undefined {
  const host = typed
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?#:].*$/s, '')
    .replace(/^\*?\.+/, '')
    .replace(/\.$/, '')
  const ascii = domainToASCII(host).toLowerCase()
  return ascii.length <= 190 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}$/.test(ascii) ? ascii : undefined
}

export type Checked = { ok: true; document: PolicyDocument } | { ok: false; problems: Problem[] }
type Facts = { current: PolicyDocument; hotspots: readonly Place[]; kelurahan: ReadonlySet<string>; now: number }

/** More than this at once is not read, and the first are enough to go on. */
const PROBLEMS_MAX = 20

/** A draft put right where that is certain, or everything that is wrong with it. */
export function checkDraft(draft: PolicyDraft, facts: Facts): Checked {
  const problems: Problem[] = []
  const read = readable(draft, facts, problems)
  const document: PolicyDocument = { ...read, vouchers: facts.current.vouchers.filter(({ until }) => until > facts.now) }
  problems.push(...contradictions(document, facts))
  if (problems.length === 0) problems.push(...tooMuch(document, facts))
  return problems.length === 0 ? { ok: true, document } : { ok: false, problems: problems.slice(0, PROBLEMS_MAX) }
}

type Timed = { mac?: string; device?: string; until: number; where: Where }

/** Addresses and domains in one spelling; entries that ended by themselves since they were published fall away. */
function readable(draft: PolicyDraft, { current, now }: Facts, problems: Problem[]): Omit<PolicyDocument, 'vouchers'> {
  const devices = <P extends 'members' | 'bypass' | 'block'>(part: P): PolicyDocument[P] => {
    const before = new Map((current[part] as Timed[]).map((entry) => [`${entry.mac ?? entry.device ?? ''} ${entry.until}`, entry]))
    const kept = (draft[part] as Timed[]).flatMap((entry) => {
      const typed = entry.mac
      const mac = typed === undefined ? undefined : macOf(typed)
      const name = typed ?? entry.device ?? ''
      if (typed !== undefined && mac === undefined) problems.push({ code: 'bad-mac', part, name })
      else if (mac !== undefined && isOfMany(mac)) problems.push({ code: 'group-mac', part, name })
      if (part === 'block' && (mac === undefined) === (entry.device === undefined)) problems.push({ code: 'no-device', part, name })
      if (entry.until <= now) {
        if (!before.has(`${mac ?? entry.device ?? ''} ${entry.until}`)) problems.push({ code: 'ended', part, name })
        return []
      }
      return [{ ...entry, ...(mac !== undefined && { mac }) }]
    })
    return kept as PolicyDocument[P]
  }
  const garden = draft.garden.map((typed) => {
    const domain = domainOf(typed)
    if (domain === undefined) problems.push({ code: 'bad-domain', part: 'garden', name: typed })
    return domain ?? typed
  })
  const today = dayInCity(now)
  const known = new Map(current.schedules.map((schedule) => [schedule.id, schedule]))
  const schedules = draft.schedules.filter((schedule) => {
    if (schedule.endsOn >= today) return true
    const backwards = schedule.startsOn !== undefined && schedule.startsOn > schedule.endsOn
    if (!backwards && known.get(schedule.id)?.endsOn !== schedule.endsOn)
      problems.push({ code: 'ended', part: 'schedules', name: schedule.id })
    return backwards
  })
  return {
    publicGroup: draft.publicGroup,
    groups: draft.groups,
    schedules: schedules.map((schedule) => ({ ...schedule, days: [...new Set(schedule.days)].sort((a, b) => a - b) })),
    members: devices('members'),
    bypass: devices('bypass'),
    block: devices('block'),
    garden: [...new Set(garden)],
  }
}

function contradictions(document: PolicyDocument, facts: Facts): Problem[] {
  return [...ofGroups(document), ...ofSchedules(document, facts), ...ofPlaces(document, facts), ...ofDevices(document, facts)]
}

function ofGroups({ groups, publicGroup, ...document }: PolicyDocument): Problem[] {
  const problems: Problem[] = []
  const names = new Set<string>()
  for (const { name, rate, fairUse, dailyOctets } of groups) {
    if (names.has(name)) problems.push({ code: 'two-groups', part: 'groups', name })
    names.add(name)
    if (fairUse && dailyOctets !== undefined && fairUse.afterOctets >= dailyOctets)
      problems.push({ code: 'fair-late', part: 'groups', name })
    if (fairUse && rate && (isFaster(fairUse.rate.downKbps, rate.downKbps) || isFaster(fairUse.rate.upKbps, rate.upKbps)))
      problems.push({ code: 'fair-faster', part: 'groups', name })
  }
  if (groups.find(({ name }) => name === publicGroup)?.class !== 'public')
    problems.push({ code: 'no-public-group', part: 'groups', name: publicGroup })
  const missing = (part: keyof PolicyDocument, name: string, group: string) => {
    if (!names.has(group)) problems.push({ code: 'unknown-group', part, name, other: group })
  }
  for (const { id, groups: of, effect } of document.schedules) {
    for (const group of of) missing('schedules', id, group)
    if ('use' in effect) missing('schedules', id, effect.use)
  }
  for (const part of ['members', 'bypass'] as const) for (const { mac, group } of document[part]) missing(part, mac, group)
  const batches = new Map(document.vouchers.map(({ id, group }) => [batchOf(id), group]))
  for (const [batch, group] of batches) missing('vouchers', batch, group)
  return problems
}

/** 0 = no limit, so nothing is faster than it, and it is faster than every limit. */
const isFaster = (kbps: number, limit: number) => limit !== 0 && (kbps === 0 || kbps > limit)

export const batchOf = (voucherId: string): string => voucherId.replace(/-\d{3}$/, '')

function ofSchedules({ schedules }: PolicyDocument, { hotspots }: Facts): Problem[] {
  const problems: Problem[] = []
  const part = 'schedules'
  for (const [i, schedule] of schedules.entries()) {
    const { id: name, from, to, startsOn, endsOn, groups, effect } = schedule
    if (from === to) problems.push({ code: 'no-time', part, name })
    if (startsOn !== undefined && startsOn > endsOn) problems.push({ code: 'backwards', part, name })
    if ('use' in effect && groups.includes(effect.use)) problems.push({ code: 'uses-itself', part, name, other: effect.use })
    for (const other of schedules.slice(0, i)) {
      if (other.id === name) problems.push({ code: 'two-schedules', part, name })
      else if (
        other.groups.some((group) => groups.includes(group)) &&
        overlap(other, schedule) &&
        meet(other.where, schedule.where, hotspots)
      )
        problems.push({ code: 'overlap', part, name, other: other.id })
    }
  }
  return problems
}

function ofPlaces(document: PolicyDocument, { hotspots, kelurahan }: Facts): Problem[] {
  const nodes = new Set(hotspots.map(({ node }) => node))
  const problems: Problem[] = []
  const check = (part: keyof PolicyDocument, name: string, where: Where) => {
    if ('city' in where) return
    const unknown =
      'kelurahan' in where ? where.kelurahan.find((code) => !kelurahan.has(code)) : where.nodes.find((node) => !nodes.has(node))
    if (unknown !== undefined) problems.push({ code: 'unknown-place', part, name, other: unknown })
  }
  for (const { id, where } of document.schedules) check('schedules', id, where)
  for (const part of ['members', 'bypass'] as const) for (const { mac, where } of document[part]) check(part, mac, where)
  for (const { mac, device, where } of document.block) check('block', mac ?? device ?? '', where)
  return problems
}

/** One device cannot be in two groups at one hotspot, nor twice on a list there. */
function ofDevices(document: PolicyDocument, { hotspots }: Facts): Problem[] {
  const problems: Problem[] = []
  for (const part of ['members', 'bypass'] as const) {
    const seen = new Map<string, Where[]>()
    for (const { mac, where } of document[part]) {
      const before = seen.get(mac) ?? []
      if (before.some((other) => meet(other, where, hotspots))) problems.push({ code: 'twice', part, name: mac })
      seen.set(mac, [...before, where])
    }
  }
  return problems
}

/** What a box itself would refuse, asked once for each place that differs. */
function tooMuch(document: PolicyDocument, { hotspots }: Facts): Problem[] {
  const named = new Set(
    [document.schedules, document.members, document.bypass, document.block, document.vouchers].flatMap(
      (entries: readonly { where: Where }[]) => entries.flatMap(({ where }) => ('nodes' in where ? where.nodes : [])),
    ),
  )
  const places = new Map<string, Place>()
  for (const place of hotspots) places.set(named.has(place.node) ? place.node : place.kelurahan, place)
  for (const place of places.values()) {
    const policy = policyFor(document, place)
    const taken = decodePolicy(policy)
    if (!taken.ok) return [{ code: 'not-taken', part: 'groups', name: place.node, other: taken.reason }]
    // As it will travel: text within a signed message.
    if (encodePacket({ body: JSON.stringify(policy) }).length > PACKET_BYTES_MAX - ENVELOPE_BYTES)
      return [{ code: 'too-large', part: 'groups', name: place.node }]
  }
  return []
}
