/**
 * The motif: Kota Madiun as a schematic map of its 27 kelurahan. Borders are shared, so areas can be filled side by side
 * without gaps; draw them with a stroke of `--area-line` and round joins to get the gutters.
 * The shapes come from scripts/make-map.ts and are a drawing, not survey data.
 */
import { CELLS } from './kelurahan-cells.ts'

type MapPoint = readonly [x: number, y: number]

export type MapArea = {
  /** Kemendagri code, e.g. 35.77.01.1001. */
  code: string
  name: string
  kecamatan: string
  path: string
  /** Where the name goes: the middle of all its lines. */
  centre: MapPoint
  /** The name in one or two lines that fit the area at `size`. */
  label: readonly string[]
  /** Font size of the label in map units. */
  size: number
}

const LINE_HEIGHT = 1.15
/** Dots keep this far from a border, in map units. */
const DOT_INSET = 6
/** Dots start this far apart and move closer only when there are many. */
const DOT_GAP = 22
const DOT_GAP_MIN = 2

const areasByCode = new Map<string, MapArea & { seed: MapPoint }>(CELLS.areas.map((area) => [area.code, area]))

export const kelurahanMap = {
  viewBox: CELLS.viewBox,
  width: 400,
  height: 484,
  outline: CELLS.outline as string,
  areas: CELLS.areas as readonly MapArea[],
  project,
  place,
  placeIn,
  labelLines,
  areaByCode: (code: string): MapArea | undefined => areasByCode.get(code),
  areaNamed,
}

/** Finds an area by the words people write: "Klegen", "Kelurahan Madiun Lor". The longest name wins. */
function areaNamed(text: string): MapArea | undefined {
  const words = ` ${text.toLowerCase().replaceAll(/[^a-z]+/g, ' ')} `
  const found = kelurahanMap.areas.filter(({ name }) => words.includes(` ${name.toLowerCase().replace('-', ' ')} `))
  return found.toSorted((a, b) => b.name.length - a.name.length)[0]
}

/** Each line of an area's name with the baseline to put it on (`text-anchor: middle`). */
function labelLines({ label, centre, size }: MapArea): { text: string; x: number; y: number }[] {
  const top = centre[1] - ((label.length - 1) * size * LINE_HEIGHT) / 2 + size * 0.36
  return label.map((text, line) => ({ text, x: centre[0], y: Math.round((top + line * size * LINE_HEIGHT) * 10) / 10 }))
}

/**
 * From the earth to the drawing: a plain scale, bent so that each kelurahan's centroid lands on its area. Good for a
 * point whose kelurahan is unknown; for a hotspot use `place`, which keeps it inside its own area.
 */
function project(lat: number, lon: number): MapPoint {
  const x = 52 + (lon - 111.503) * 5700
  const y = 44 + (-7.599 - lat) * 5750
  let [dx, dy, sum] = [0, 0, 0]
  for (const { seed, centre } of areasByCode.values()) {
    const weight = 1 / (1 + (x - seed[0]) ** 2 + (y - seed[1]) ** 2) ** 1.5
    dx += weight * (centre[0] - seed[0])
    dy += weight * (centre[1] - seed[1])
    sum += weight
  }
  return [Math.round((x + dx / sum) * 10) / 10, Math.round((y + dy / sum) * 10) / 10]
}

/** A hotspot on the map: its true place where that falls inside its own area, else an even place in the area. */
function place(code: string, lat: number, lon: number, index: number, count: number): MapPoint {
  const area = areasByCode.get(code)
  const point = project(lat, lon)
  if (!area) return point
  return depth(point, ringOf(area)) >= DOT_INSET && !onLabel(point, area) ? point : placeIn(code, index, count)
}

const placed = new Map<string, { count: number; points: MapPoint[] }>()

/** The index-th of `count` dots spread over an area, clear of its borders and, while there is room, of its name. */
function placeIn(code: string, index: number, count: number): MapPoint {
  const area = areasByCode.get(code)
  if (!area) return [kelurahanMap.width / 2, kelurahanMap.height / 2]
  let spread = placed.get(code)
  if (spread?.count !== count) {
    spread = { count, points: spreadIn(area, count) }
    placed.set(code, spread)
  }
  return spread.points[index % spread.points.length] ?? area.centre
}

function spreadIn(area: MapArea, count: number): MapPoint[] {
  const ring = ringOf(area)
  for (let gap = DOT_GAP; gap >= DOT_GAP_MIN; gap *= 0.92) {
    const inside = lattice(ring, gap).filter((point) => depth(point, ring) >= DOT_INSET)
    const clear = inside.filter((point) => !onLabel(point, area))
    const enough = clear.length >= count ? clear : gap < DOT_GAP / 7 && inside.length >= count ? inside : undefined
    if (enough) return enough.toSorted((a, b) => distance(a, area.centre) - distance(b, area.centre)).slice(0, Math.max(1, count))
  }
  return [area.centre]
}

/** Points in offset rows, like oranges in a crate. */
function lattice(ring: readonly MapPoint[], gap: number): MapPoint[] {
  const xs = ring.map(([x]) => x)
  const ys = ring.map(([, y]) => y)
  const points: MapPoint[] = []
  for (let row = 0, y = Math.min(...ys); y <= Math.max(...ys); row++, y += gap * 0.87) {
    for (let x = Math.min(...xs) + ((row % 2) * gap) / 2; x <= Math.max(...xs); x += gap) {
      points.push([Math.round(x * 10) / 10, Math.round(y * 10) / 10])
    }
  }
  return points
}

function onLabel([x, y]: MapPoint, { centre, label, size }: MapArea): boolean {
  const halfWidth = (Math.max(...label.map((line) => line.length)) * size * 0.6) / 2 + 4
  return Math.abs(x - centre[0]) < halfWidth && Math.abs(y - centre[1]) < (label.length * size * LINE_HEIGHT) / 2 + 4
}

/** The corners of a path as a ring; a softened bend counts by its corner. */
function ringOf({ path }: MapArea): MapPoint[] {
  return [...path.matchAll(/(\d+) (\d+)/g)].map(([, x, y]) => [Number(x), Number(y)])
}

/** How far inside a ring a point lies; negative outside. */
function depth([x, y]: MapPoint, ring: readonly MapPoint[]): number {
  let nearest = Infinity
  let inside = false
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length]!
    const [dx, dy] = [bx - ax, by - ay]
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)))
    nearest = Math.min(nearest, Math.hypot(x - ax - dx * t, y - ay - dy * t))
    if (ay > y !== by > y && x < (dx * (y - ay)) / dy + ax) inside = !inside
  })
  return inside ? nearest : -nearest
}

function distance(a: MapPoint, b: MapPoint): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1])
}
