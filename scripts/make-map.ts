/**
 * Draws the schematic map of the 27 kelurahan and writes it to portal/look/kelurahan-cells.ts (committed).
 * Not survey data: like a transit map it keeps who lies beside whom, and runs every border straight or at 45 degrees.
 * Run it again only when the centroids or the hand-drawn outline change: node scripts/make-map.ts
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { label, roundedPath } from './map/draw.ts'
import { partition } from './map/partition.ts'
import { straighten } from './map/straighten.ts'
import type { Point } from './map/geometry.ts'

const { values } = parseArgs({ options: { help: { type: 'boolean' } } })
if (values.help) {
  console.log('node scripts/make-map.ts\n\nDraws the schematic map of the 27 kelurahan into portal/look/kelurahan-cells.ts.')
  process.exit(0)
}

const WIDTH = 400
const HEIGHT = 484

/** The city's shape by hand, clockwise from the north-west, on the 4-unit grid, every line octilinear. */
const OUTLINE: Point[] = [
  [88, 20],
  [224, 20],
  [244, 40],
  [272, 40],
  [304, 8],
  [368, 8],
  [388, 28],
  [388, 88],
  [372, 104],
  [372, 172],
  [348, 196],
  [348, 264],
  [324, 288],
  [324, 336],
  [292, 368],
  [292, 396],
  [260, 428],
  [176, 428],
  [132, 472],
  [76, 472],
  [48, 444],
  [48, 408],
  [72, 384],
  [72, 340],
  [60, 328],
  [60, 284],
  [16, 240],
  [16, 188],
  [44, 160],
  [44, 120],
  [36, 112],
  [36, 72],
]

/** The three doubtful centroids, moved by eye to where they lie among their neighbours. */
const MENDED: Record<string, [lat: number, lon: number]> = {
  '35.77.02.1007': [-7.6315, 111.5165],
  '35.77.03.1004': [-7.6615, 111.5225],
  '35.77.03.1007': [-7.653, 111.5215],
}

const seeds = KELURAHAN.map(({ code, lat, lon }) => toMap(...(MENDED[code] ?? [lat, lon])))
const rings = straighten(partition(seeds, OUTLINE), OUTLINE)

const areas = KELURAHAN.map(({ code, name, kecamatan }, index) => {
  const { ring, junctions } = rings[index]!
  return { code, name, kecamatan, path: roundedPath(ring, junctions), seed: seeds[index], ...label(name, ring) }
})
const cells = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, outline: roundedPath(OUTLINE, new Set()), areas }
const text = `/** Drawn by scripts/make-map.ts; do not edit by hand. Paths use M, L, Q and Z with absolute whole numbers only. */
export const CELLS = ${JSON.stringify(cells, null, 1)} as const
`
const file = new URL('../portal/look/kelurahan-cells.ts', import.meta.url)
writeFileSync(file, text)
console.log(
  `${areas.length} kelurahan, ${text.length} bytes written to portal/look/kelurahan-cells.ts (run oxfmt on it before committing).`,
)

function toMap(lat: number, lon: number): Point {
  return [Math.round(52 + (lon - 111.503) * 5700), Math.round(44 + (-7.599 - lat) * 5750)]
}
