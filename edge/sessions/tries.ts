import { secondsBetween, type Moment } from './moment.ts'

/** Wrong codes of one device … */
const DEVICE_TRIES_MAX = 5
const DEVICE_SECONDS = 600
/** … and of all together: addresses are free, so the box itself must not be an oracle. */
const BOX_TRIES_MAX = 60
const BOX_SECONDS = 60

/** Remembers wrong codes. Never more than DEVICE_SECONDS / BOX_SECONDS × BOX_TRIES_MAX of them, whoever tries. */
export function createTries(now: () => Moment) {
  let wrong: { mac: string; at: Moment }[] = []

  return {
    mayTry(mac: string): boolean {
      const at = now()
      wrong = wrong.filter((tried) => tried.at.boot === at.boot && secondsBetween(tried.at, at) < DEVICE_SECONDS)
      const lately = wrong.filter((tried) => secondsBetween(tried.at, at) < BOX_SECONDS)
      return lately.length < BOX_TRIES_MAX && wrong.filter((tried) => tried.mac === mac).length < DEVICE_TRIES_MAX
    },
    wasWrong: (mac: string): void => void wrong.push({ mac, at: now() }),
  }
}
