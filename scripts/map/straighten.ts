import { area, direction, distance, GRID, next, octilinear, previous, segmentsCross, type Point } from './geometry.ts'
import { snapOnSide, type Node, type Partition } from './partition.ts'

/** A cell below this cannot carry its name. */
const CELL_AREA_MIN = 2_300
const LEG_MIN = 3 * GRID
/** The climb settles in about ten rounds; the bound only guards against a cycle. */
const ROUNDS_MAX = 60

export type Ring = { ring: Point[]; junctions: Set<string> }

/**
 * Makes every border straight or 45 degrees: nodes move by grid steps, and each border that is still oblique gets one
 * bend. A greedy climb over small steps; what it lowers is bends, short legs, tight corners and distance moved.
 */
export function straighten({ nodes, cells }: Partition, outline: readonly Point[]): Ring[] {
  const at = nodes.map((node): Point => [...node.at])
  const home = nodes.map((node): Point => [...node.at])
  const bendLate = new Map<string, boolean>()
  const neighbours = at.map((_, node) => [
    ...new Set(cells.flatMap((cell) => cell.flatMap((n, i) => (n === node ? [previous(cell, i), next(cell, i)] : [])))),
  ])
  const cellsAt = at.map((_, node) => cells.filter((cell) => cell.includes(node)))

  const key = (a: number, b: number) => (a < b ? `${a}-${b}` : `${b}-${a}`)
  const border = (a: number, b: number): Point[] => {
    const [from, to] = a < b ? [a, b] : [b, a]
    const line = route(at[from]!, at[to]!, bendLate.get(key(a, b)) ?? false)
    return a < b ? line : line.toReversed()
  }
  const ringOf = (cell: readonly number[]) => cell.flatMap((node, i) => border(node, next(cell, i)).slice(0, -1))

  const nodeCost = (node: number) => {
    const headings = neighbours[node]!.map((other) => {
      const line = border(node, other)
      return direction(line[0]!, line[1]!)
    }).sort((a, b) => a - b)
    const gaps = headings.map((heading, i) => (i + 1 < headings.length ? headings[i + 1]! - heading : headings[0]! + 8 - heading))
    const tight = gaps.reduce((sum, gap) => sum + [1000, 6, 0.3, 0][Math.min(gap, 3)]!, 0)
    return tight + (distance(at[node]!, home[node]!) / GRID) ** 2 * 0.12
  }
  const borderCost = (a: number, b: number) => {
    const line = border(a, b)
    const legs = line.slice(1).map((point, i) => distance(point, line[i]!))
    return (line.length - 2) * 3 + legs.reduce((sum, leg) => sum + (leg < LEG_MIN ? 3 : 0), 0)
  }
  const localCost = (node: number) =>
    nodeCost(node) + neighbours[node]!.reduce((sum, other) => sum + borderCost(node, other) + nodeCost(other), 0)
  const sound = (node: number) => cellsAt[node]!.every((cell) => isSimple(ringOf(cell)) && area(ringOf(cell)) >= CELL_AREA_MIN)

  const improve = (node: number): boolean => {
    const borders = neighbours[node]!.map((other) => key(node, other))
    const before = { at: at[node]!, bends: borders.map((border) => bendLate.get(border) ?? false) }
    let best = { cost: localCost(node), ...before }
    const start = best.cost
    for (const step of steps(at[node]!, nodes[node]!, outline)) {
      at[node] = step
      for (let choice = 0; choice < 1 << borders.length; choice++) {
        const bends = borders.map((_, i) => Boolean((choice >> i) & 1))
        borders.forEach((border, i) => bendLate.set(border, bends[i]!))
        const cost = localCost(node)
        if (cost < best.cost - 1e-9 && sound(node)) best = { cost, at: step, bends }
      }
    }
    at[node] = best.at
    borders.forEach((border, i) => bendLate.set(border, best.bends[i]!))
    return best.cost < start
  }

  for (let round = 0; round < ROUNDS_MAX; round++) {
    const moved = at.map((_, node) => improve(node))
    if (!moved.some(Boolean)) break
  }
  const junctions = new Set(at.flatMap((point, node) => (neighbours[node]!.length > 2 ? [point.join()] : [])))
  return cells.map((cell) => ({ ring: withoutStraightPoints(ringOf(cell), junctions), junctions }))
}

/** Where a node may go next: corners of the outline stay, nodes on it slide along their side, inner ones walk the grid. */
function steps(here: Point, { onOutline, corner }: Node, outline: readonly Point[]): Point[] {
  const strides = [-2, -1, 0, 1, 2]
  if (corner) return [here]
  if (onOutline === undefined) return strides.flatMap((x) => strides.map((y): Point => [here[0] + x * GRID, here[1] + y * GRID]))
  const [a, b] = [outline[onOutline]!, next(outline, onOutline)]
  return strides.map((stride) => snapOnSide(along(here, a, b, stride), a, b)).filter((p) => distance(p, a) > GRID && distance(p, b) > GRID)
}

/** Straight, or one diagonal leg and one level leg, in either order. */
function route(a: Point, b: Point, bendLate: boolean): Point[] {
  if (octilinear(a, b)) return [a, b]
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const run = Math.min(Math.abs(dx), Math.abs(dy))
  const diagonal: Point = [Math.sign(dx) * run, Math.sign(dy) * run]
  return [a, bendLate ? [b[0] - diagonal[0], b[1] - diagonal[1]] : [a[0] + diagonal[0], a[1] + diagonal[1]], b]
}

function along([x, y]: Point, a: Point, b: Point, step: number): Point {
  return [x + Math.sign(b[0] - a[0]) * GRID * step, y + Math.sign(b[1] - a[1]) * GRID * step]
}

function isSimple(ring: readonly Point[]): boolean {
  return ring.every((a, i) =>
    ring.every((c, j) => j <= i || (!segmentsCross(a, next(ring, i), c, next(ring, j)) && (a[0] !== c[0] || a[1] !== c[1]))),
  )
}

function withoutStraightPoints(ring: readonly Point[], junctions: ReadonlySet<string>): Point[] {
  return ring.filter((p, i) => junctions.has(p.join()) || direction(previous(ring, i), p) !== direction(p, next(ring, i)))
}
