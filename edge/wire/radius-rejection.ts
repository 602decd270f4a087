/**
 * How a notice `radius-rejected` says who was refused, where and why: no password, no name, no address. The box groups what is
 * alike and sends at most a few a minute, so that guessing without end neither wears its card nor fills central.
 */

export type RadiusRejection = {
  /** A word of the box's RADIUS: `wrong-credentials`, `blocked`, `eap-…`; MORE for those that were counted only. */
  reason: string
  /** Sixteen hex digits that stand for the name tried, real or not, at this box. */
  account?: string | undefined
  /** The access point, as the box's file calls it. */
  client: string
}

/** Refusals past the minute's bound, of any reason. */
export const MORE_REJECTIONS = 'more'

const FORM = /^([a-z][a-z0-9-]{0,60}) ([0-9a-f]{16}|-) (.{0,120})$/u

export const rejectionDetail = ({ reason, account, client }: RadiusRejection): string =>
  `${reason} ${account ?? '-'} ${client.slice(0, 80)}`

/** Undefined for what no box of ours wrote. */
export function readRejection(detail: string | null): RadiusRejection | undefined {
  const [, reason, account, client] = FORM.exec(detail ?? '') ?? []
  if (reason === undefined || client === undefined) return undefined
  return { reason, account: account === '-' ? undefined : account, client }
}
