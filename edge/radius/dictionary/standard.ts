/**
 * The RFCs' own words and their numbers: RFC 2865 §5, RFC 2866 §5, RFC 2869 §5, RFC 3162 §2, RFC 3579 §3, RFC 4372 §2.2,
 * RFC 5176 §3.5, RFC 6911 §3. What belongs to dial-up only (ARAP, LAT, IPX, AppleTalk) is left out.
 */
import type { Definition } from './format.ts'

export const ATTRIBUTE = {
  'User-Name': { type: 1, format: 'text' },
  'User-Password': { type: 2, format: 'octets' },
  'CHAP-Password': { type: 3, format: 'octets' },
  'NAS-IP-Address': { type: 4, format: 'ipv4' },
  'NAS-Port': { type: 5, format: 'integer' },
  'Service-Type': { type: 6, format: 'integer' },
  'Framed-Protocol': { type: 7, format: 'integer' },
  'Framed-IP-Address': { type: 8, format: 'ipv4' },
  'Framed-IP-Netmask': { type: 9, format: 'ipv4' },
  'Filter-Id': { type: 11, format: 'text' },
  'Framed-MTU': { type: 12, format: 'integer' },
  'Reply-Message': { type: 18, format: 'text' },
  'Callback-Number': { type: 19, format: 'text' },
  'Framed-Route': { type: 22, format: 'text' },
  State: { type: 24, format: 'octets' },
  Class: { type: 25, format: 'octets' },
  'Vendor-Specific': { type: 26, format: 'octets' },
  'Session-Timeout': { type: 27, format: 'integer' },
  'Idle-Timeout': { type: 28, format: 'integer' },
  'Termination-Action': { type: 29, format: 'integer' },
  'Called-Station-Id': { type: 30, format: 'text' },
  'Calling-Station-Id': { type: 31, format: 'text' },
  'NAS-Identifier': { type: 32, format: 'text' },
  'Proxy-State': { type: 33, format: 'octets' },
  'Acct-Status-Type': { type: 40, format: 'integer' },
  'Acct-Delay-Time': { type: 41, format: 'integer' },
  'Acct-Input-Octets': { type: 42, format: 'integer' },
  'Acct-Output-Octets': { type: 43, format: 'integer' },
  'Acct-Session-Id': { type: 44, format: 'text' },
  'Acct-Authentic': { type: 45, format: 'integer' },
  'Acct-Session-Time': { type: 46, format: 'integer' },
  'Acct-Input-Packets': { type: 47, format: 'integer' },
  'Acct-Output-Packets': { type: 48, format: 'integer' },
  'Acct-Terminate-Cause': { type: 49, format: 'integer' },
  'Acct-Multi-Session-Id': { type: 50, format: 'text' },
  'Acct-Link-Count': { type: 51, format: 'integer' },
  'Acct-Input-Gigawords': { type: 52, format: 'integer' },
  'Acct-Output-Gigawords': { type: 53, format: 'integer' },
  'Event-Timestamp': { type: 55, format: 'integer' },
  'CHAP-Challenge': { type: 60, format: 'octets' },
  'NAS-Port-Type': { type: 61, format: 'integer' },
  'Port-Limit': { type: 62, format: 'integer' },
  'Password-Retry': { type: 75, format: 'integer' },
  Prompt: { type: 76, format: 'integer' },
  'Connect-Info': { type: 77, format: 'text' },
  'EAP-Message': { type: 79, format: 'octets' },
  'Message-Authenticator': { type: 80, format: 'octets' },
  'Acct-Interim-Interval': { type: 85, format: 'integer' },
  'NAS-Port-Id': { type: 87, format: 'text' },
  'Framed-Pool': { type: 88, format: 'text' },
  'Chargeable-User-Identity': { type: 89, format: 'octets' },
  'NAS-IPv6-Address': { type: 95, format: 'ipv6' },
  'Framed-Interface-Id': { type: 96, format: 'octets' },
  'Framed-IPv6-Prefix': { type: 97, format: 'octets' },
  'Login-IPv6-Host': { type: 98, format: 'ipv6' },
  'Framed-IPv6-Route': { type: 99, format: 'text' },
  'Framed-IPv6-Pool': { type: 100, format: 'text' },
  'Error-Cause': { type: 101, format: 'integer' },
  'Framed-IPv6-Address': { type: 168, format: 'ipv6' },
} as const satisfies Record<string, Definition>

/** RFC 2865 §5.6. */
export const SERVICE_TYPE = { Framed: 2, 'Call-Check': 10 } as const

/** RFC 2866 §5.1. */
export const ACCT_STATUS_TYPE = { 1: 'Start', 2: 'Stop', 3: 'Interim-Update', 7: 'Accounting-On', 8: 'Accounting-Off' } as const

/** RFC 2866 §5.10, from 1. */
const ACCT_TERMINATE_CAUSES = [
  'User Request',
  'Lost Carrier',
  'Lost Service',
  'Idle Timeout',
  'Session Timeout',
  'Admin Reset',
  'Admin Reboot',
  'Port Error',
  'NAS Error',
  'NAS Request',
  'NAS Reboot',
  'Port Unneeded',
  'Port Preempted',
  'Port Suspended',
  'Service Unavailable',
  'Callback',
  'User Error',
  'Host Request',
] as const

export const acctTerminateCause = (number: number): string => ACCT_TERMINATE_CAUSES[number - 1] ?? `Acct-Terminate-Cause ${number}`

/** RFC 5176 §3.5. */
const ERROR_CAUSES: Readonly<Record<number, string>> = {
  201: 'Residual-Session-Context-Removed',
  202: 'Invalid-EAP-Packet',
  401: 'Unsupported-Attribute',
  402: 'Missing-Attribute',
  403: 'NAS-Identification-Mismatch',
  404: 'Invalid-Request',
  405: 'Unsupported-Service',
  406: 'Unsupported-Extension',
  407: 'Invalid-Attribute-Value',
  501: 'Administratively-Prohibited',
  502: 'Request-Not-Routable',
  503: 'Session-Context-Not-Found',
  504: 'Session-Context-Not-Removable',
  505: 'Other-Proxy-Processing-Error',
  506: 'Resources-Unavailable',
  507: 'Request-Initiated',
  508: 'Multiple-Session-Selection-Unsupported',
}

export const errorCause = (number: number): string => ERROR_CAUSES[number] ?? `Error-Cause ${number}`
