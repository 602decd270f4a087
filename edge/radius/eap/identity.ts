/** Which names a peer may go by, outside and inside the tunnel (RFC 7542 for their form, RFC 5281 §7.3 for the two of them). */

/** One RADIUS attribute. */
const IDENTITY_OCTETS_MAX = 253
const AT = 0x40

/** Control characters have no place in a name and would reach logs and screens. */
export const isUsableIdentity = (identity: Buffer): boolean =>
  identity.length > 0 && identity.length <= IDENTITY_OCTETS_MAX && identity.every((octet) => octet >= 0x20 && octet !== 0x7f)

/** The outer identity may be empty or anonymous; anything longer than an attribute or with control characters may not. */
export const isUsableOuterIdentity = (identity: Buffer): boolean => identity.length === 0 || isUsableIdentity(identity)

/**
 * An anonymous outer identity says nothing and goes with every inner one, as long as both name the same realm where both
 * name one. Any other must be the inner one, octet for octet: else the access point would show, and account for, a person
 * who is not there.
 */
export function identitiesAgree(outer: Buffer, inner: Buffer): boolean {
  if (!isAnonymous(outer)) return outer.equals(inner)
  const [outerRealm, innerRealm] = [realmOf(outer), realmOf(inner)]
  return outerRealm === undefined || innerRealm === undefined || outerRealm === innerRealm
}

/** RFC 7542 §2.4 wants the user part left out; many phones write "anonymous" there. */
function isAnonymous(identity: Buffer): boolean {
  const at = identity.lastIndexOf(AT)
  const user = (at < 0 ? identity : identity.subarray(0, at)).toString('latin1').toLowerCase()
  return user === '' || user === 'anonymous' || user === 'anon'
}

function realmOf(identity: Buffer): string | undefined {
  const at = identity.lastIndexOf(AT)
  return at < 0
    ? undefined
    : identity
        .subarray(at + 1)
        .toString('utf8')
        .toLowerCase()
}
