/**
 * Record kind `notice`, lane e: something happened at the box that the NOC should know of, once per occurrence and not once per
 * minute. A box sends at most one of a kind per minute and says in `count` how many it stands for.
 */
import { Type, type Static } from 'typebox'

const NOTICE_KINDS = [
  /** The box's programs began; detail: why, where known. */
  'start',
  /** The packet filter cannot be enforced: nobody new gets online. */
  'gate-failed',
  'gate-back',
  /** Somebody flushed or edited the packet filter; it was written anew. */
  'table-rewritten',
  /** An admitted device's address was used with an IP that is not its own. */
  'address-spoofed',
  'uplink-down',
  'uplink-up',
  'dns-down',
  'dns-up',
  /** HTTPS and the captive-portal API went off (detail: why), or came back. */
  'certificate-refused',
  'certificate-in-use',
  /** A watched access point, switch or router fell silent, answers again, or is another one than before; detail: its name. */
  'device-silent',
  'device-back',
  'device-replaced',
  /** Nothing can be written: the box works from memory, and a reboot will forget. */
  'storage-failed',
  'storage-back',
  /** A configuration file or settings were wrong; the last good ones are in force. */
  'config-refused',
  'policy-applied',
  /** An access point may leave its logins unsigned and does: what it is answered can be forged. detail: its name. */
  'radius-legacy',
  /** A session could not be ended or changed at its access point; detail: which, and what it said. */
  'radius-change-failed',
  /** Somebody was refused at an access point; detail and how often it comes: radius-rejection.ts. */
  'radius-rejected',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export const Notice = Type.Object(
  {
    kind: Type.Unsafe<NoticeKind>(Type.Union(NOTICE_KINDS.map((word) => Type.Literal(word)))),
    detail: Type.Optional(Type.String({ maxLength: 200 })),
    /** Pseudonym of the device concerned. */
    device: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
    count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
)
export type Notice = Static<typeof Notice>
