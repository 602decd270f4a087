export type Point = [x: number, y: number]

/** Everything on the map sits on this grid, so that borders of neighbours are the same whole numbers. */
export const GRID = 4

/** Shoelace; positive when clockwise on screen (y grows downward). */
export function area(ring: readonly Point[]): number {
  return ring.reduce((sum, [x, y], i) => sum + x * next(ring, i)[1] - next(ring, i)[0] * y, 0) / 2
}

export function centroid(ring: readonly Point[]): Point {
  let [cx, cy] = [0, 0]
  ring.forEach(([x, y], i) => {
    const [nx, ny] = next(ring, i)
    const cross = x * ny - nx * y
    cx += (x + nx) * cross
    cy += (y + ny) * cross
  })
  const six = 6 * area(ring)
  return [cx / six, cy / six]
}

export function next<T>(ring: readonly T[], index: number): T {
  return ring[(index + 1) % ring.length]!
}

export function previous<T>(ring: readonly T[], index: number): T {
  return ring[(index + ring.length - 1) % ring.length]!
}

export const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1])

export function octilinear(a: Point, b: Point): boolean {
  const [dx, dy] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])]
  return dx === 0 || dy === 0 || dx === dy
}

/** The eight directions, 0 = east, clockwise on screen. Only for octilinear pairs. */
export function direction(from: Point, to: Point): number {
  return (Math.round(Math.atan2(to[1] - from[1], to[0] - from[0]) / (Math.PI / 4)) + 8) % 8
}

/** Distance from a point to the nearest edge of a ring; negative outside. */
export function depth(point: Point, ring: readonly Point[]): number {
  let nearest = Infinity
  let inside = false
  ring.forEach((a, i) => {
    const b = next(ring, i)
    nearest = Math.min(nearest, distance(point, nearestOnSegment(point, a, b)))
    if (a[1] > point[1] !== b[1] > point[1] && point[0] < ((b[0] - a[0]) * (point[1] - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside
  })
  return inside ? nearest : -nearest
}

export function nearestOnSegment(p: Point, a: Point, b: Point): Point {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
  const t = Math.max(0, Math.min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy || 1)))
  return [a[0] + dx * t, a[1] + dy * t]
}

export function segmentsCross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}
