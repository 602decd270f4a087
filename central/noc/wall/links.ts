/** Links for screens on a wall: 256 random bits, shown once, of which only the SHA-256 is kept; a screen gets its own cookie. */
import type { WallLink } from '../api.ts'
import { newToken, tokenHash } from '../../platform/accounts/codes.ts'
import type { TelemetryStore, WallLinkRow } from '../ingest/store-port.ts'

/** One link hangs on one wall; a few screens for a replaced television and the person who tries it first. */
const SCREENS_PER_LINK_MAX = 5
/** "Last seen" is for people; writing it at every request would be a commit per screen and second. */
const SEEN_MS = 30_000

export type WallLinks = ReturnType<typeof createWallLinks>

export function createWallLinks(deps: { store: TelemetryStore; now: () => number }) {
  const { store, now } = deps
  return {
    /** The token is shown once, here. */
    async create(name: string): Promise<{ link: WallLink; token: string }> {
      const token = newToken()
      return { link: await store.addWallLink(name, tokenHash(token), now()), token }
    },
    list: (): Promise<WallLink[]> => store.wallLinks(),
    revoke: (id: number): Promise<boolean> => store.revokeWallLink(id, now()),
    /** @returns the screen's own secret, or undefined when the link is unknown or revoked. */
    async open(token: string): Promise<string | undefined> {
      const link = await store.wallLinkByToken(tokenHash(token))
      if (!link) return undefined
      const screen = newToken()
      await store.addWallScreen(link.id, tokenHash(screen), now(), SCREENS_PER_LINK_MAX)
      await store.seenWallLink(link.id, now())
      return screen
    },
    /** The link behind a screen's secret, while it is not revoked. */
    async screen(secret: string): Promise<WallLinkRow | undefined> {
      const link = await store.wallScreen(tokenHash(secret))
      if (link && now() - (link.lastSeenAt ?? 0) > SEEN_MS) await store.seenWallLink(link.id, now())
      return link
    },
  }
}
