/** How often somebody did something lately. Bounded: keys that have been quiet for the longest are dropped first. */
export function createRecent(options: { seconds: number; keysMax: number; now: () => { mono: number } }) {
  const times = new Map<string, number[]>()

  function lately(key: string): number[] {
    const since = options.now().mono - options.seconds * 1000
    return (times.get(key) ?? []).filter((time) => time > since)
  }

  return {
    count: (key: string): number => lately(key).length,
    add(key: string): void {
      const list = lately(key)
      list.push(options.now().mono)
      times.delete(key)
      times.set(key, list)
      if (times.size > options.keysMax) times.delete(times.keys().next().value!)
    },
  }
}
