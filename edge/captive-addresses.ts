/**
 * Where every name leads before the login. Not the box's own private address: some phones take a probe name with a
 * private address for "no internet" and never show the portal. From the documentation ranges (RFC 5737, RFC 3849),
 * so never anybody's. Browsers keep such an answer for up to a minute whatever its TTL says, so the gate turns it
 * towards the portal after the login too.
 */
export const CAPTIVE_V4 = '192.0.2.1'
export const CAPTIVE_V6 = '2001:db8::1'
