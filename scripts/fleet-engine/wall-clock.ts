/** What a simulated box's wall clock shows, and whether its kernel says that it is synchronised. Pure. */
export type WallClock = {
  synchronised: boolean
  /** Unix milliseconds on the box. @param elapsed since its power came on. */
  read(now: number, elapsed: number): number
}

export const RIGHT: WallClock = { synchronised: true, read: (now) => now }

/** No clock of its own and no NTP: it wakes on 1 January 1970. */
export const OF_1970: WallClock = { synchronised: false, read: (_now, elapsed) => elapsed }

/** Wrong by so much. `synchronised` and far off: a time server that lies, or a kernel that has not noticed yet. */
export const offBy = (milliseconds: number, synchronised = false): WallClock => ({
  synchronised,
  read: (now) => Math.max(0, now + milliseconds),
})
