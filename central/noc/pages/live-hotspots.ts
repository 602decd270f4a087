import { useEffect, useMemo, useState } from 'preact/hooks'
import { live } from '../../platform/ui/live.ts'
import { useResource } from '../../platform/ui/resource.ts'
import type { HotspotList, LiveEvent } from '../api.ts'
import { patched } from './hotspot-list.ts'

type HotspotEvent = Extract<LiveEvent, { type: 'hotspot' }>

/** 2,500 hotspots report 42 times a second; the screen is redrawn once. */
const FLUSH_MS = 1_000
/** Rates and complaint counts are not in the events; the whole list comes anew this often. */
const RELOAD_MS = 60_000

export function useLiveHotspots() {
  const list = useResource<HotspotList>('/api/noc/hotspots')
  const [events, setEvents] = useState<ReadonlyMap<string, HotspotEvent>>(new Map())

  useEffect(() => {
    const waiting = new Map<string, HotspotEvent>()
    const end = live.subscribe(({ type, data }) => {
      if (type === 'hotspot') waiting.set((data as HotspotEvent).node, data as HotspotEvent)
    })
    const flush = setInterval(() => {
      if (waiting.size === 0) return
      const fresh = new Map(waiting)
      waiting.clear()
      setEvents((before) => new Map([...before, ...fresh]))
    }, FLUSH_MS)
    const reload = setInterval(() => document.hidden || list.reload(), RELOAD_MS)
    return () => {
      end()
      clearInterval(flush)
      clearInterval(reload)
    }
  }, [])

  const rows = useMemo(() => patched(list.value?.rows ?? [], events), [list.value, events])
  return { list, rows }
}
