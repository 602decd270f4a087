/**
 * What the collectors ask of SNMP, and nothing more: read some values, read on in the tree. Two libraries stand behind it,
 * snmp-native for v2c (v2c.ts) and net-snmp for v3 (v3.ts). Neither checks who answered, nor keeps to a time; what is
 * the same for both is settled in guarded-socket.ts and walk.ts.
 */

/** Dotted, without a leading dot: 1.3.6.1.2.1.1.1.0 */
export type Oid = string

/** Counter64 is exact only as bigint; every number that SNMP carries comes as one. Undefined: the device has no such value. */
export type SnmpValue = bigint | Uint8Array | Oid | undefined
export type Varbind = { oid: Oid; value: SnmpValue }

/**
 * no-answer: nothing came in time, which is also what a wrong community looks like (RFC 3584 has no reply to it) · auth: user
 * or keys refused (RFC 3414) · unreadable: something came that is no SNMP · refused: an SNMP error-status · too-much: over the
 * bounds of the look
 */
type SnmpErrorKind = 'no-answer' | 'auth' | 'unreadable' | 'refused' | 'too-much'

export class SnmpError extends Error {
  readonly kind: SnmpErrorKind
  constructor(kind: SnmpErrorKind, message: string) {
    super(message)
    this.name = 'SnmpError'
    this.kind = kind
  }
}

export type SnmpSession = {
  /** @throws SnmpError. One varbind per name, in the order asked. */
  get(oids: readonly Oid[]): Promise<Varbind[]>
  /** GETBULK (RFC 3416 §4.2.3): what follows each name, up to `repetitions` times, row by row. @throws SnmpError. */
  bulk(oids: readonly Oid[], repetitions: number): Promise<Varbind[]>
  /** Ends what is under way with `no-answer`, and the socket with it. Twice is once. */
  close(): void
}

/** One request, and one more: lost UDP is ordinary, a device that lost two is slow or gone. */
export const TRIES = 2
/** A switch that is busy may take a second for a table. */
export const ANSWER_MILLISECONDS = 2_000
