/** Wi-Fi Alliance's roaming recommendations (WISPr 1.0, annex C). Bandwidths are bit/s, up = from the visitor. */
import type { Vendor } from './format.ts'

export const WISPR = {
  vendorId: 14122,
  attributes: {
    'WISPr-Location-ID': { type: 1, format: 'text' },
    'WISPr-Location-Name': { type: 2, format: 'text' },
    'WISPr-Logoff-URL': { type: 3, format: 'text' },
    'WISPr-Redirection-URL': { type: 4, format: 'text' },
    'WISPr-Bandwidth-Min-Up': { type: 5, format: 'integer' },
    'WISPr-Bandwidth-Min-Down': { type: 6, format: 'integer' },
    'WISPr-Bandwidth-Max-Up': { type: 7, format: 'integer' },
    'WISPr-Bandwidth-Max-Down': { type: 8, format: 'integer' },
    'WISPr-Session-Terminate-Time': { type: 9, format: 'text' },
    'WISPr-Session-Terminate-End-Of-Day': { type: 10, format: 'text' },
    'WISPr-Billing-Class-Of-Service': { type: 11, format: 'text' },
  },
} as const satisfies Vendor
