import { Type, type Static } from 'typebox'

const octets = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** How a session at the gate ends. quota: its own or the day's; daily-time; closed: a schedule; moved: to another address of the same visitor. */
export const SESSION_END_CAUSES = [
  'expired',
  'evicted',
  'logout',
  'idle',
  'quota',
  'daily-time',
  'closed',
  'blocked',
  'moved',
  'policy',
] as const
export type SessionEndCause = (typeof SESSION_END_CAUSES)[number]

/**
 * A visit through the portal, or an accounting session of an access point (RFC 2866), as a fact that central may keep.
 * `device` is a keyed pseudonym (HMAC, the key never leaves the box): a MAC address does not travel.
 * All zeros: the access point named no device.
 */
export const Session = Type.Object(
  {
    /** Unique on this box: portal sessions `p-…`, devices on the bypass list `b-…`, RADIUS sessions `r-` + a hash of NAS and Acct-Session-Id. */
    id: Type.String({ minLength: 3, maxLength: 80 }),
    source: Type.Union([Type.Literal('portal'), Type.Literal('bypass'), Type.Literal('radius')]),
    event: Type.Union([Type.Literal('start'), Type.Literal('update'), Type.Literal('stop')]),
    device: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    startedAt: Type.Integer({ minimum: 0 }),
    seconds: Type.Integer({ minimum: 0, maximum: 31_536_000 }),
    upOctets: octets,
    downOctets: octets,
    /** Why it ended: a word of SESSION_END_CAUSES, or the RFC 2866 §5.10 Acct-Terminate-Cause in words. */
    cause: Type.Optional(Type.String({ maxLength: 40 })),
    /** The access policy's group; of a RADIUS session as Class told it. */
    group: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' })),
    /** RADIUS only: NAS-Identifier or NAS-IP-Address, and User-Name when the site's policy keeps it. */
    nas: Type.Optional(Type.String({ maxLength: 80 })),
  },
  { additionalProperties: false },
)
export type Session = Static<typeof Session>
