/** Which boxes there are, and their tokens. Only a token's SHA-256 is kept: 256 random bits need no slow hash. */
import { timingSafeEqual } from 'node:crypto'
import { NODE_NAME_PATTERN } from '#edge/wire/topics.ts'
import { PROFILES } from '../../pki/purposes.ts'
import { newToken, tokenHash } from '../../platform/accounts/codes.ts'
import type { Credential } from '../ingest/broker-port.ts'
import type { Hotspot, TelemetryStore } from '../ingest/store-port.ts'

const nodeName = new RegExp(NODE_NAME_PATTERN)
const NAME_MAX = 80
const RT_MAX = 40
/** Looking an unknown name up again at once would let rubbish on a foreign broker load the database. */
const UNKNOWN_FOR_MS = 5_000
const UNKNOWN_NAMES_MAX = 1_000

type Problem = 'taken' | 'bad-name' | 'bad-place' | 'unknown-kelurahan'
export type Registered = { ok: true; token: string } | { ok: false; reason: Problem }
export type Registry = ReturnType<typeof createRegistry>

export function createRegistry(deps: {
  store: TelemetryStore
  kelurahan: ReadonlySet<string>
  now: () => number
  onRevoked(node: string): void
}) {
  const { store } = deps
  const known = new Map<string, Hotspot>()
  const unknown = new Map<string, number>()

  async function add(hotspot: Hotspot, hash: string | null): Promise<Problem | undefined> {
    const problem = problemOf(hotspot, deps.kelurahan)
    if (problem) return problem
    if (!(await store.addHotspot(hotspot, hash, deps.now()))) return 'taken'
    known.set(hotspot.node, hotspot)
    unknown.delete(hotspot.node)
    return undefined
  }

  async function register(hotspot: Hotspot): Promise<Registered> {
    const token = newToken()
    const problem = await add(hotspot, tokenHash(token))
    return problem ? { ok: false, reason: problem } : { ok: true, token }
  }

  return {
    /** The token is shown once, here. */
    register,
    /** What keeps it from being registered, whether it is there or not. */
    problemOf: (hotspot: Hotspot) => problemOf(hotspot, deps.kelurahan),
    /** For a box that comes in by certificate. One that is there already keeps its row and loses its token. @throws when it has a problem. */
    async registerByCertificate(hotspot: Hotspot): Promise<void> {
      const problem = await add(hotspot, null)
      if (problem === 'taken') await store.setTokenHash(hotspot.node, null)
      else if (problem) throw new Error(`hotspot ${hotspot.node} cannot be registered: ${problem}`)
    },
    /** Registers those that are not there yet. @returns the new ones' tokens by node. */
    async seed(hotspots: readonly Hotspot[]): Promise<Map<string, string>> {
      const tokens = new Map<string, string>()
      for (const hotspot of hotspots) {
        const registered = await register(hotspot)
        if (registered.ok) tokens.set(hotspot.node, registered.token)
        else if (registered.reason !== 'taken') throw new Error(`hotspot ${hotspot.node} cannot be registered: ${registered.reason}`)
      }
      return tokens
    },
    /** A new token; the old one ends at once. Undefined when there is no such hotspot. */
    async renewToken(node: string): Promise<string | undefined> {
      const token = newToken()
      if (!(await store.setTokenHash(node, tokenHash(token)))) return undefined
      deps.onRevoked(node)
      return token
    },
    async revokeToken(node: string): Promise<boolean> {
      const revoked = await store.setTokenHash(node, null)
      if (revoked) deps.onRevoked(node)
      return revoked
    },
    /** A stolen box: it can no longer speak, by certificate or by token. False when there is no such hotspot. */
    async shutOut(node: string): Promise<boolean> {
      const hadToken = await store.setTokenHash(node, null)
      if (!hadToken) return false
      await store.revokeCertificatesOf(node, deps.now())
      deps.onRevoked(node)
      return true
    },
    /** The token's hash when it is this node's. Constant time in the token, and the same work for a node that does not exist. */
    async knows(node: string, token: Buffer): Promise<string | undefined> {
      const hash = nodeName.test(node) ? await store.tokenHash(node) : null
      const given = Buffer.from(tokenHash(token), 'hex')
      const wanted = Buffer.from(hash ?? tokenHash(''), 'hex')
      return timingSafeEqual(given, wanted) && hash !== null ? hash : undefined
    },
    async find(node: string): Promise<Hotspot | undefined> {
      const remembered = known.get(node)
      if (remembered) return remembered
      if ((unknown.get(node) ?? 0) > deps.now() - UNKNOWN_FOR_MS) return undefined
      const hotspot = await store.hotspot(node)
      if (hotspot) known.set(node, hotspot)
      else {
        if (unknown.size >= UNKNOWN_NAMES_MAX) unknown.clear()
        unknown.set(node, deps.now())
      }
      return hotspot
    },
    /** Ends the connections of boxes whose token was replaced or taken away by another process. */
    async dropRevoked(present: ReadonlyMap<string, Credential>): Promise<void> {
      const byToken = [...present].flatMap(([node, credential]) => (credential.kind === 'token' ? [{ node, hash: credential.hash }] : []))
      if (byToken.length === 0) return
      const valid = await store.tokenHashes()
      for (const { node, hash } of byToken) if (valid.get(node) !== hash) deps.onRevoked(node)
    },
    list: () => store.hotspots(),
  }
}

function problemOf(hotspot: Hotspot, kelurahan: ReadonlySet<string>): Exclude<Problem, 'taken'> | undefined {
  // A name the authority would not certify: central's own, for one.
  if (!PROFILES.box.names(hotspot.node)) return 'bad-name'
  if (hotspot.name.trim() === '' || hotspot.name.length > NAME_MAX || hotspot.rt.length > RT_MAX) return 'bad-name'
  if (!(Math.abs(hotspot.lat) <= 90) || !(Math.abs(hotspot.lon) <= 180)) return 'bad-place'
  return kelurahan.has(hotspot.kelurahan) ? undefined : 'unknown-kelurahan'
}
