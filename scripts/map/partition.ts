import { Delaunay } from 'd3-delaunay'
import { area, centroid, distance, GRID, nearestOnSegment, next, type Point } from './geometry.ts'

/** Closer seeds than this are pushed apart first, so that no cell becomes too small for its name. */
const SEED_GAP = 40
/** Enough for even cells, few enough that neighbours stay neighbours. */
const LLOYD_ROUNDS = 3

export type Node = { at: Point; onOutline: number | undefined; corner: boolean }
export type Partition = { nodes: Node[]; cells: number[][] }

/** Cuts the outline into one cell per seed. Cells share nodes, so that moving one moves every border that meets there. */
export function partition(seeds: readonly Point[], outline: readonly Point[]): Partition {
  let centres = spread(seeds)
  for (let round = 0; round < LLOYD_ROUNDS; round++) centres = cut(centres, outline).map(centroid)
  return shareNodes(cut(centres, outline), outline)
}

function spread(seeds: readonly Point[]): Point[] {
  const points = seeds.map(([x, y]): Point => [x, y])
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < points.length; i++) {
      for (let j = i + 1; j < points.length; j++) {
        const [a, b] = [points[i]!, points[j]!]
        const gap = distance(a, b)
        if (gap >= SEED_GAP) continue
        const push = (SEED_GAP - gap) / 4 / (gap || 1)
        const [dx, dy] = [(b[0] - a[0]) * push, (b[1] - a[1]) * push]
        points[i] = [a[0] - dx, a[1] - dy]
        points[j] = [b[0] + dx, b[1] + dy]
      }
    }
  }
  return points
}

/** Each Voronoi cell is convex, so the outline clipped by the cell's sides (Sutherland-Hodgman) is the area's ring. */
function cut(centres: readonly Point[], outline: readonly Point[]): Point[][] {
  const voronoi = Delaunay.from(centres).voronoi([-1000, -1000, 2000, 2000])
  return centres.map((_, index) => {
    const cell = voronoi.cellPolygon(index).slice(0, -1) as Point[]
    const sides = area(cell) > 0 ? cell : cell.toReversed()
    return sides.reduce<Point[]>((ring, a, i) => clip(ring, a, next(sides, i)), [...outline])
  })
}

function clip(ring: readonly Point[], a: Point, b: Point): Point[] {
  const side = (p: Point) => (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
  return ring.flatMap((p, i) => {
    const q = next(ring, i)
    const [sp, sq] = [side(p), side(q)]
    const kept: Point[] = sp >= 0 ? [p] : []
    if (sp >= 0 !== sq >= 0) kept.push([p[0] + ((q[0] - p[0]) * sp) / (sp - sq), p[1] + ((q[1] - p[1]) * sp) / (sp - sq)])
    return kept
  })
}

function shareNodes(rings: readonly Point[][], outline: readonly Point[]): Partition {
  const nodes: Node[] = outline.map((at, index) => ({ at, onOutline: index, corner: true }))
  const find = (point: Point) => {
    const near = nodes.findIndex(({ at }) => distance(at, snap(point)) < 0.5)
    if (near >= 0) return near
    const side = outline.findIndex((a, i) => distance(point, nearestOnSegment(point, a, next(outline, i))) < 0.01)
    const at = side < 0 ? snap(point) : snapOnSide(point, outline[side]!, next(outline, side))
    const same = nodes.findIndex((node) => distance(node.at, at) < 0.5)
    return same >= 0 ? same : nodes.push({ at, onOutline: side < 0 ? undefined : side, corner: false }) - 1
  }
  const cells = rings.map((ring) => ring.map(find).filter((node, i, all) => node !== next(all, i)))
  return { nodes, cells }
}

/** Rounds half-units the same way for every cell that computes the same corner. */
function snap([x, y]: Point): Point {
  return [GRID * Math.round(x / GRID + 1e-6), GRID * Math.round(y / GRID + 1e-6)]
}

/** The grid point of this side nearest to the point: both ends are on the grid and the side is octilinear. */
export function snapOnSide(point: Point, a: Point, b: Point): Point {
  const steps = Math.max(Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])) / GRID
  const t = Math.round((distance(a, nearestOnSegment(point, a, b)) / distance(a, b)) * steps)
  return [a[0] + ((b[0] - a[0]) * t) / steps, a[1] + ((b[1] - a[1]) * t) / steps]
}
