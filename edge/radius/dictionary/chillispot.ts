/** ChilliSpot and CoovaChilli. Bandwidths are kbit/s, limits octets. */
import type { Vendor } from './format.ts'

export const CHILLISPOT = {
  vendorId: 14559,
  attributes: {
    'ChilliSpot-Max-Input-Octets': { type: 1, format: 'integer' },
    'ChilliSpot-Max-Output-Octets': { type: 2, format: 'integer' },
    'ChilliSpot-Max-Total-Octets': { type: 3, format: 'integer' },
    'ChilliSpot-Bandwidth-Max-Up': { type: 4, format: 'integer' },
    'ChilliSpot-Bandwidth-Max-Down': { type: 5, format: 'integer' },
    'ChilliSpot-Config': { type: 6, format: 'text' },
    'ChilliSpot-Lang': { type: 7, format: 'text' },
    'ChilliSpot-Version': { type: 8, format: 'text' },
    'ChilliSpot-OriginalURL': { type: 9, format: 'text' },
    'ChilliSpot-UAM-Allowed': { type: 100, format: 'text' },
    'ChilliSpot-MAC-Allowed': { type: 101, format: 'text' },
    'ChilliSpot-Interval': { type: 102, format: 'integer' },
  },
} as const satisfies Vendor
