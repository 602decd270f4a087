import { Type, type Static } from 'typebox'

/**
 * What went through one hotspot in one minute. Counters are exact sums of the gate's per-client counters,
 * IPv4 and IPv6 together, layer-3 octets, up = from the visitor.
 */
export const Usage = Type.Object(
  {
    /** Seconds covered by this record; 60 in the steady state, less for the first record after a start. */
    seconds: Type.Integer({ minimum: 1, maximum: 3600 }),
    /** Visitors past the gate at the end of the interval. */
    online: Type.Integer({ minimum: 0, maximum: 10_000 }),
    /** Devices that have been seen at the portal but are not past the gate. */
    waiting: Type.Integer({ minimum: 0, maximum: 10_000 }),
    upOctets: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    downOctets: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    /** Visitors admitted during the interval. */
    admitted: Type.Integer({ minimum: 0, maximum: 100_000 }),
    portalPages: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  },
  { additionalProperties: false },
)
export type Usage = Static<typeof Usage>
