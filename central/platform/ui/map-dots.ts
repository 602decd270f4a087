/** Where hotspots stand on the schematic map and how areas glow; pure. */
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import type { HotspotShape } from './shapes.ts'

export type MapDot = { id: string; kelurahan: string; state: HotspotShape; name: string }

/** Radius of a dot in map units: smaller when the fullest area must hold many. */
function dotRadius(fullest: number): number {
  if (fullest <= 6) return 4.2
  if (fullest <= 20) return 3.2
  return fullest <= 60 ? 2.2 : 1.5
}

export function placed(dots: readonly MapDot[]): { dot: MapDot; x: number; y: number; radius: number }[] {
  const byArea = Map.groupBy(dots, (dot) => dot.kelurahan)
  const radius = dotRadius(Math.max(0, ...[...byArea.values()].map((list) => list.length)))
  return [...byArea].flatMap(([code, list]) =>
    list
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map((dot, index) => {
        const [x, y] = kelurahanMap.placeIn(code, index, list.length)
        return { dot, x, y, radius }
      }),
  )
}

/** 0…4: how much an area glows with visitors, against the busiest one. */
export const glow = (visitors: number, busiest: number): number => (busiest <= 0 || visitors <= 0 ? 0 : Math.ceil((visitors / busiest) * 4))
