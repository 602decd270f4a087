/**
 * A group's limits in each vendor's words. Pure.
 *
 * What a vendor has no words for is left to the box: an access point behind the gate has its visitors' traffic shaped and
 * counted there, and a session over its quota is ended by a Disconnect-Request (change/).
 */
import type { Rate } from '../wire/policy.ts'
import type { ClientVendor } from './client-vendor.ts'
import { ARUBA } from './dictionary/aruba.ts'
import { CHILLISPOT } from './dictionary/chillispot.ts'
import { MIKROTIK } from './dictionary/mikrotik.ts'
import { RUCKUS } from './dictionary/ruckus.ts'
import { WISPR } from './dictionary/wispr.ts'
import type { Attribute } from './packet.ts'
import { vendorAttribute } from './vendor.ts'

export type Limits = { group?: string | undefined; rate?: Rate | undefined; sessionOctets?: number | undefined }

export function limitAttributes(vendor: ClientVendor, limits: Limits): Attribute[] {
  switch (vendor) {
    case 'mikrotik':
      return mikrotik(limits)
    case 'coovachilli':
      return [...wispr(limits), ...chillispot(limits)]
    case 'generic':
    case 'unifi':
      return wispr(limits)
    case 'ruckus':
      return [...wispr(limits), ...(limits.group === undefined ? [] : [vendorAttribute(RUCKUS, 'Ruckus-User-Groups', limits.group)])]
    case 'aruba':
      // A role of that name on the controller carries rate and filter; without one it keeps the SSID's default role.
      return limits.group === undefined ? [] : [vendorAttribute(ARUBA, 'Aruba-User-Role', limits.group)]
    case 'hostapd':
      return []
  }
}

const INTEGER_MAX = 0xffff_ffff

/** Rates are bit/s, and 0 would be a standstill: a direction without a limit is left unsaid. */
const wispr = ({ rate }: Limits): Attribute[] => [
  ...(rate?.upKbps ? [vendorAttribute(WISPR, 'WISPr-Bandwidth-Max-Up', Math.min(INTEGER_MAX, rate.upKbps * 1000))] : []),
  ...(rate?.downKbps ? [vendorAttribute(WISPR, 'WISPr-Bandwidth-Max-Down', Math.min(INTEGER_MAX, rate.downKbps * 1000))] : []),
]

/** kbit/s. Octets beyond 32 bits have no word there, and a smaller number would end the session too early. */
const chillispot = ({ rate, sessionOctets }: Limits): Attribute[] => [
  ...(rate?.upKbps ? [vendorAttribute(CHILLISPOT, 'ChilliSpot-Bandwidth-Max-Up', rate.upKbps)] : []),
  ...(rate?.downKbps ? [vendorAttribute(CHILLISPOT, 'ChilliSpot-Bandwidth-Max-Down', rate.downKbps)] : []),
  ...(sessionOctets !== undefined && sessionOctets <= INTEGER_MAX
    ? [vendorAttribute(CHILLISPOT, 'ChilliSpot-Max-Total-Octets', sessionOctets)]
    : []),
]

/** rx/tx as the router sees them, so the visitor's upload comes first; there 0 is "no limit". */
function mikrotik({ rate, sessionOctets }: Limits): Attribute[] {
  const attributes: Attribute[] = []
  if (rate && (rate.upKbps > 0 || rate.downKbps > 0))
    attributes.push(vendorAttribute(MIKROTIK, 'Mikrotik-Rate-Limit', `${kilobits(rate.upKbps)}/${kilobits(rate.downKbps)}`))
  if (sessionOctets !== undefined) {
    attributes.push(vendorAttribute(MIKROTIK, 'Mikrotik-Total-Limit', sessionOctets % 2 ** 32))
    const gigawords = Math.floor(sessionOctets / 2 ** 32)
    if (gigawords > 0) attributes.push(vendorAttribute(MIKROTIK, 'Mikrotik-Total-Limit-Gigawords', gigawords))
  }
  return attributes
}

const kilobits = (kbps: number): string => (kbps === 0 ? '0' : `${kbps}k`)
