/** How a phone gets online at each portal, in the fewest requests. */

/** `path` is what a form of the portal asks for; with `body` it is posted. */
export type Ask = { origin: string; path: string; body?: string }

export type Portal = {
  /** From the address a probe was sent to. */
  splash(redirectedTo: string): Ask
  /** Pages between the welcome page and the one that lets online. @returns the last one's request. */
  accept(page: string, redirectedTo: string, get: (ask: Ask) => Promise<string>): Promise<Ask>
}

const hidden = (page: string, name: string): string => {
  const value = new RegExp(`name="${name}" value="([^"]+)"`).exec(page)?.[1]
  if (value === undefined) throw new Error(`no field ${name} in ${page.slice(0, 80)}`)
  return value
}

const originAndPath = (address: string): Ask => {
  const url = new URL(address)
  return { origin: url.origin, path: url.pathname + url.search }
}

const ours: Portal = {
  splash: originAndPath,
  async accept(page, redirectedTo) {
    return { origin: new URL(redirectedTo).origin, path: '/lanjut', body: new URLSearchParams({ token: hidden(page, 'token') }).toString() }
  },
}

/** Its click-to-continue pages: terms, thanks, online. */
const opennds: Portal = {
  splash: originAndPath,
  async accept(page, redirectedTo, get) {
    const { origin } = new URL(redirectedTo)
    const fas = encodeURIComponent(hidden(page, 'fas'))
    await get({ origin, path: `/opennds_preauth/?fas=${fas}&continue=clicked` })
    return { origin, path: `/opennds_preauth/?fas=${fas}&landing=yes` }
  },
}

export const PORTALS = { ours, opennds }
