/** A policy made ready to be asked about one device. */
import type { AccessPolicy, Block, Bypass, Group, Member, Voucher } from '../wire/policy.ts'

export type Roster = {
  policy: AccessPolicy
  groups: Map<string, Group>
  /** Whoever is in no other. */
  publicGroup: Group
  members: Map<string, Member>
  bypass: Map<string, Bypass>
  blockedMacs: Map<string, Block>
  /** By pseudonym. */
  blockedDevices: Map<string, Block>
  vouchers: Map<string, Voucher>
}

/**
 * A device that stands twice on a list has what lasts longest.
 * @throws when the public group does not exist (decodePolicy lets none such through).
 */
export function rosterOf(policy: AccessPolicy): Roster {
  const groups = new Map(policy.groups.map((group) => [group.name, group]))
  const publicGroup = groups.get(policy.publicGroup)
  if (!publicGroup) throw new Error(`the access policy has no group "${policy.publicGroup}"`)
  return {
    policy,
    groups,
    publicGroup,
    members: longest(policy.members, ({ mac }) => mac),
    bypass: longest(policy.bypass, ({ mac }) => mac),
    blockedMacs: longest(policy.block, ({ mac }) => mac),
    blockedDevices: longest(policy.block, ({ device }) => device),
    vouchers: new Map(policy.vouchers.map((voucher) => [voucher.id, voucher])),
  }
}

function longest<T extends { until: number }>(entries: readonly T[], keyOf: (entry: T) => string | undefined): Map<string, T> {
  const kept = new Map<string, T>()
  for (const entry of entries) {
    const key = keyOf(entry)
    if (key !== undefined && entry.until >= (kept.get(key)?.until ?? 0)) kept.set(key, entry)
  }
  return kept
}

/** A box that does not know the time lets nothing on a list run out: who is shut out stays out, a known printer stays in. */
export const isOver = (entry: { until: number }, at: number, clockTrusted: boolean): boolean => clockTrusted && entry.until <= at

/** Member list, then the voucher entered last that still counts, then the group a session brought along, then the public one. */
export function groupOf(
  roster: Roster,
  device: { mac: string; vouchers: readonly string[]; brought?: string | undefined },
  at: number,
  clockTrusted: boolean,
): Group {
  const member = roster.members.get(device.mac)
  const voucher = device.vouchers
    .map((id) => roster.vouchers.get(id))
    .findLast((held) => held !== undefined && !isOver(held, at, clockTrusted))
  const name = member && !isOver(member, at, clockTrusted) ? member.group : (voucher?.group ?? device.brought)
  return (name === undefined ? undefined : roster.groups.get(name)) ?? roster.publicGroup
}
