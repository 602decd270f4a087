/** RFC 2548: what MS-CHAP says, and the keys of a wireless session. Only what we speak. */
import type { Vendor } from './format.ts'

export const MICROSOFT = {
  vendorId: 311,
  attributes: {
    'MS-CHAP-Error': { type: 2, format: 'octets' },
    'MS-MPPE-Encryption-Policy': { type: 7, format: 'integer' },
    'MS-MPPE-Encryption-Types': { type: 8, format: 'integer' },
    'MS-CHAP-Domain': { type: 10, format: 'octets' },
    'MS-CHAP-Challenge': { type: 11, format: 'octets' },
    'MS-MPPE-Send-Key': { type: 16, format: 'octets' },
    'MS-MPPE-Recv-Key': { type: 17, format: 'octets' },
    'MS-CHAP2-Response': { type: 25, format: 'octets' },
    'MS-CHAP2-Success': { type: 26, format: 'octets' },
  },
} as const satisfies Vendor
