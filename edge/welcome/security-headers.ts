import type { Portal } from '../content/portal.ts'

/** For every answer. No HSTS: the page is plain HTTP by nature, and the host name may be another box's tomorrow. */
export function securityHeaders(inline: Portal['inline']): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `script-src ${["'self'", ...inline.scripts].join(' ')}`,
    `style-src ${["'self'", ...inline.styles].join(' ')}`,
    // The answer's photo travels inside the page.
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // Not no-referrer: that makes browsers send `Origin: null` with our own forms, and a forged form could not be told from them.
    'referrer-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  }
}
