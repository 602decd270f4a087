import { area, centroid, depth, distance, next, previous, type Point } from './geometry.ts'

/** Radius of softened bends. Junctions stay sharp: three rounded corners would leave a hole between them. */
const BEND_RADIUS = 8

export function roundedPath(ring: readonly Point[], junctions: ReadonlySet<string>): string {
  const parts = ring.map((corner, i) => {
    const [before, after] = [previous(ring, i), next(ring, i)]
    if (junctions.has(corner.join())) return `L${corner.join(' ')}`
    const radius = Math.min(BEND_RADIUS, distance(before, corner) / 2, distance(corner, after) / 2)
    return `L${toward(corner, before, radius)}Q${corner.join(' ')} ${toward(corner, after, radius)}`
  })
  return `M${parts.join('').slice(1)}Z`
}

/** Both neighbours of a border must round to the same whole numbers, so this depends on the corner and one end only. */
function toward(from: Point, to: Point, by: number): string {
  const t = by / distance(from, to)
  return `${Math.round(from[0] + (to[0] - from[0]) * t)} ${Math.round(from[1] + (to[1] - from[1]) * t)}`
}

/** Average advance of a bold sans letter, in ems; generous, because the viewer's font is unknown. */
const LETTER_EM = 0.63
const SIZES = [11, 10.5, 10, 9.5, 9, 8.5, 8]
/** Where even the smallest type does not fit on one line. */
const HYPHENATED: Record<string, string> = { Pangongangan: 'Pango- ngangan', Manguharjo: 'Mangu- harjo', Pilangbango: 'Pilang- bango' }

export type Label = { centre: Point; label: string[]; size: number }

/** The biggest type that fits the cell, on one line or two, and where its middle goes. */
export function label(name: string, ring: readonly Point[]): Label {
  const splits = [[name], name.split(' '), (HYPHENATED[name] ?? name).split(' ')]
  for (const size of SIZES) {
    for (const lines of splits) {
      const centre = roomiest(ring, Math.max(...lines.map((line) => line.length)) * size * LETTER_EM, lines.length * size * 1.15)
      if (centre) return { centre, label: lines, size }
    }
  }
  throw new Error(`The name ${name} does not fit its cell (${Math.round(area(ring))} square units).`)
}

/** More air than this around a name is worth less than having it near the cell's middle. */
const ROOM_ENOUGH = 9

/** The middle of a box of this size, placed with air around it and near the cell's middle; undefined when it cannot fit. */
function roomiest(ring: readonly Point[], width: number, height: number): Point | undefined {
  const xs = ring.map(([x]) => x)
  const ys = ring.map(([, y]) => y)
  const middle = centroid(ring)
  let best: { score: number; centre: Point } | undefined
  for (let x = Math.min(...xs); x <= Math.max(...xs); x++) {
    for (let y = Math.min(...ys); y <= Math.max(...ys); y++) {
      const room = Math.min(...[-0.5, 0, 0.5].flatMap((i) => [-0.5, 0.5].map((j) => depth([x + i * width, y + j * height], ring))))
      const score = Math.min(room, ROOM_ENOUGH) - distance([x, y], middle) / 4
      if (room >= 2.5 && (!best || score > best.score)) best = { score, centre: [x, y] }
    }
  }
  return best?.centre
}
