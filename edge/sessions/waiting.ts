import type { Play } from '../wire/play.ts'
import { cover, coveredShare, type Coverage } from './coverage.ts'
import type { Keeping } from './keeping.ts'
import type { Now } from './moment.ts'
import { isKept, type Watch } from './rules.ts'
import type { VisitStore } from './store.ts'
import { newNonce } from './token.ts'

/** A flood of made-up addresses may not grow the box's memory: beyond this the longest-waiting device is forgotten. */
const WATCHES_MAX = 5_000

/** What stands in the play record when the box has no clip to show. */
const NO_CLIP = 'none'

/** The devices on the welcome page, and what they were shown. */
export function createWaiting({ store, keeping, now }: { store: VisitStore; keeping: Keeping; now: Now }) {
  const watches = new Map<string, Watch>()
  /** Bytes sent per waiting device and file. In memory only: after a restart a wait ends as `fallback` at worst. */
  const sent = new Map<string, Map<string, Coverage>>()
  let plays = new Map<string, Play>()

  const forget = (macs: string[]) => {
    for (const mac of macs) {
      watches.delete(mac)
      sent.delete(mac)
      keeping.watchGone(mac)
    }
  }

  const play = (clip: string): Play => {
    let counted = plays.get(clip)
    if (!counted) plays.set(clip, (counted = { clip, started: 0, watched: 0, fallback: 0 }))
    return counted
  }

  return {
    restore(): void {
      const boot = now().boot
      // A wait of 30 seconds does not outlive a reboot, and its clock cannot be compared.
      const stored = keeping.read(store.watches)
      for (const watch of stored) if (watch.began.boot === boot) watches.set(watch.mac, watch)
      forget(stored.filter((watch) => watch.began.boot !== boot).map((watch) => watch.mac))
    },

    find: (mac: string): Watch | undefined => watches.get(mac),
    all: (): Iterable<string> => watches.keys(),

    begin(mac: string, clip: string = NO_CLIP): Watch {
      const oldest = watches.size >= WATCHES_MAX && !watches.has(mac) ? watches.keys().next().value : undefined
      if (oldest !== undefined) forget([oldest])
      const began = now()
      const watch = { mac, clip, nonce: newNonce(), began, seen: began }
      keeping.watch(watch)
      keeping.saveWaits()
      watches.delete(mac)
      watches.set(mac, watch)
      sent.delete(mac)
      play(clip).started++
      return watch
    },

    /** A sign of life: a device that is still here is not forgotten. */
    seen(watch: Watch): void {
      watch.seen = now()
    },

    /** The device is past the gate; its row is on the way out already. */
    finished(watch: Watch, how: 'watched' | 'fallback'): void {
      watches.delete(watch.mac)
      sent.delete(watch.mac)
      play(watch.clip)[how]++
    },

    /** The device came past the gate another way. */
    drop(mac: string): void {
      if (watches.has(mac)) forget([mac])
    },

    clipSent(mac: string, file: { path: string; size: number }, from: number, to: number): void {
      const watch = watches.get(mac)
      if (!watch) return
      watch.seen = now()
      let files = sent.get(mac)
      if (!files) sent.set(mac, (files = new Map()))
      let coverage = files.get(file.path)
      if (!coverage) files.set(file.path, (coverage = { size: file.size, spans: [] }))
      cover(coverage, from, to)
    },

    /** The best share of any rendition of the clip. */
    sentShare: (mac: string): number => Math.max(0, ...[...(sent.get(mac)?.values() ?? [])].map(coveredShare)),

    count: (): number => watches.size,

    prune(): void {
      const at = now()
      forget([...watches.values()].filter((watch) => !isKept(watch, at)).map((watch) => watch.mac))
    },

    takePlays(): Play[] {
      const taken = [...plays.values()]
      plays = new Map()
      return taken
    },
  }
}
