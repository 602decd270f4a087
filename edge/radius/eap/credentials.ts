/** Whether what a peer said inside the tunnel proves who it is. Unknown user and wrong secret take the same way. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { NT_HASH_OCTETS, ntPasswordHash, type MschapExchange } from '../mschap/response.ts'
import { proveMschap } from './mschapv2.ts'
import type { EapAccounts, InnerMethod } from './port.ts'

export type Verdict = 'match' | 'mismatch'

/** PAP and GTC. `busy` carries a way to ask again; the password is wiped as soon as there is a verdict. */
export type PasswordStep =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'busy'; again(): Promise<PasswordStep> }

export async function checkPassword(accounts: EapAccounts, identity: Buffer, password: Buffer): Promise<PasswordStep> {
  const verdict = await accounts.verifyPassword(identity, password)
  if (verdict === 'busy') return { kind: 'busy', again: () => checkPassword(accounts, identity, password) }
  password.fill(0)
  return { kind: 'verdict', verdict }
}

/** RFC 1994 §4.1 with the password in clear; a stored hash cannot answer it. */
export function checkChap(
  accounts: EapAccounts,
  { identity, identifier, challenge, response }: { identity: Buffer; identifier: number; challenge: Buffer; response: Buffer },
): Verdict {
  const secret = accounts.secretOf(identity)
  const clear = secret?.kind === 'clear' ? secret.octets : randomBytes(16)
  const expected = createHash('md5').update(Buffer.of(identifier)).update(clear).update(challenge).digest()
  return response.length === expected.length && timingSafeEqual(expected, response) ? 'match' : 'mismatch'
}

/** Our proof in return, or undefined when the response is wrong. */
export function checkMschap(accounts: EapAccounts, identity: Buffer, ntResponse: Buffer, exchange: MschapExchange): string | undefined {
  const secret = accounts.secretOf(identity)
  const hash =
    secret === undefined ? randomBytes(NT_HASH_OCTETS) : secret.kind === 'nt-hash' ? secret.octets : ntPasswordHash(secret.octets)
  return proveMschap(hash, ntResponse, exchange)
}

/** A user name with its Windows domain, the same without, or neither: MS-CHAP-V2 leaves the domain out (RFC 2759 §4). */
export const isSameUser = (one: Buffer, other: Buffer): boolean => bare(one).equals(bare(other))
const bare = (name: Buffer): Buffer => name.subarray(name.lastIndexOf(0x5c) + 1)

export type Proof = { readonly identity: Buffer; readonly inner: InnerMethod }
