import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { KELURAHAN } from '#central/platform/city/kelurahan.ts'
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'

const LOOK = new URL('../../portal/look/', import.meta.url)
const css = readFileSync(new URL('tokens.css', LOOK), 'utf8')

/** The colours a selector sets; blocks of this file are flat. */
function theme(selector: string): Record<string, string> {
  const from = css.indexOf(`${selector} {`)
  ok(from >= 0, selector)
  const block = css.slice(from, css.indexOf('}', from))
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]))
}

const light = theme(':root')
const THEMES = {
  light,
  'dark by system': { ...light, ...theme(':root:not([data-theme])') },
  'dark by choice': { ...light, ...theme("[data-theme='dark']") },
  wall: { ...light, ...theme("[data-theme='wall']") },
}

function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
  }
  const [dark, bright] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (bright! + 0.05) / (dark! + 0.05)
}

test('every pair of text and ground reaches 4.5 to 1 in every theme', () => {
  const pairs = [
    ...['ink', 'muted', 'brand', 'up', 'warn', 'down', 'info'].flatMap((text) => [[text, 'paper'] as const, [text, 'surface'] as const]),
    ...['up', 'warn', 'down', 'info'].flatMap((state) => [[state, `${state}-soft`] as const, ['ink', `${state}-soft`] as const]),
    ['brand-ink', 'brand'] as const,
    ['brand', 'brand-soft'] as const,
    ['ink', 'brand-soft'] as const,
    ['muted', 'brand-soft'] as const,
    ['area-ink', 'area'] as const,
    ['panel-ink', 'panel'] as const,
    ['panel-muted', 'panel'] as const,
    ['panel-lit', 'panel'] as const,
  ]
  for (const [name, colours] of Object.entries(THEMES)) {
    for (const [text, ground] of pairs) {
      const ratio = contrast(colours[text]!, colours[ground]!)
      ok(ratio >= 4.5, `${name}: ${text} on ${ground} is ${ratio.toFixed(2)}`)
    }
  }
})

test('borders of controls and the focus ring reach 3 to 1', () => {
  for (const [name, colours] of Object.entries(THEMES)) {
    for (const part of ['control', 'focus']) {
      const ratio = contrast(colours[part]!, colours['paper']!)
      ok(ratio >= 3, `${name}: ${part} is ${ratio.toFixed(2)}`)
    }
  }
})

test('dark by choice is the same as dark by system', () => {
  deepEqual(theme("[data-theme='dark']"), theme(':root:not([data-theme])'))
})

type Ring = [x: number, y: number][]
const ring = (path: string): Ring => [...path.matchAll(/(\d+) (\d+)/g)].map(([, x, y]) => [Number(x), Number(y)])
const surface = (points: Ring) =>
  Math.abs(points.reduce((sum, [x, y], i) => sum + x * points[(i + 1) % points.length]![1] - points[(i + 1) % points.length]![0] * y, 0)) /
  2

function inside([x, y]: readonly [number, number], points: Ring): boolean {
  return points.reduce((is, [ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length]!
    return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !is : is
  }, false)
}

test('the map has the 27 kelurahan of the seed and stays small', () => {
  deepEqual(
    kelurahanMap.areas.map(({ code, name, kecamatan }) => ({ code, name, kecamatan })),
    KELURAHAN.map(({ code, name, kecamatan }) => ({ code, name, kecamatan })),
  )
  ok(statSync(new URL('kelurahan-cells.ts', LOOK)).size < 20_000)
})

test('the areas fill the outline without gaps or overlaps', () => {
  const total = kelurahanMap.areas.reduce((sum, { path }) => sum + surface(ring(path)), 0)
  equal(total, surface(ring(kelurahanMap.outline)))
})

test('neighbours share their borders, corner for corner', () => {
  const key = (a: Ring[number], b: Ring[number]) => [a.join(), b.join()].toSorted().join('-')
  const count = new Map<string, number>()
  for (const { path } of kelurahanMap.areas) {
    const points = ring(path)
    points.forEach((point, i) => {
      const next = points[(i + 1) % points.length]!
      if (key(point, next).split('-')[0] !== key(point, next).split('-')[1])
        count.set(key(point, next), (count.get(key(point, next)) ?? 0) + 1)
    })
  }
  ok([...count.values()].every((times) => times <= 2))
  ok([...count.values()].filter((times) => times === 2).length > 60)
})

test('names lie inside their area', () => {
  for (const area of kelurahanMap.areas) {
    const points = ring(area.path)
    for (const { text, x, y } of kelurahanMap.labelLines(area)) {
      const half = (text.length * area.size * 0.6) / 2
      for (const corner of [
        [x - half, y],
        [x + half, y],
        [x - half, y - area.size * 0.7],
        [x + half, y - area.size * 0.7],
      ] as const) {
        ok(inside(corner, points), `${area.name}: ${text}`)
      }
    }
  }
})

test('dots spread over an area stay inside it and apart, from one to a hundred', () => {
  for (const { code, path, name } of kelurahanMap.areas) {
    for (const count of [1, 7, 40, 100]) {
      const dots = Array.from({ length: count }, (_, index) => kelurahanMap.placeIn(code, index, count))
      ok(
        dots.every((dot) => inside(dot, ring(path))),
        name,
      )
      equal(new Set(dots.map(String)).size, count, `${name} with ${count}`)
    }
  }
})

test('a hotspot is drawn in its own kelurahan even where its coordinates are elsewhere', () => {
  for (const { code, lat, lon } of KELURAHAN) {
    const area = kelurahanMap.areaByCode(code)!
    ok(inside(kelurahanMap.place(code, lat, lon, 0, 3), ring(area.path)), area.name)
    ok(inside(kelurahanMap.place(code, 0, 0, 1, 3), ring(area.path)), area.name)
  }
})

test('north is up and east is right for any point of the city', () => {
  const [west, east] = [kelurahanMap.project(-7.63, 111.505), kelurahanMap.project(-7.63, 111.545)]
  const [north, south] = [kelurahanMap.project(-7.605, 111.525), kelurahanMap.project(-7.655, 111.525)]
  ok(west[0] < east[0])
  ok(north[1] < south[1])
})

test('an area is found by the words people write', () => {
  equal(kelurahanMap.areaNamed('Kelurahan Klegen')?.name, 'Klegen')
  equal(kelurahanMap.areaNamed('oro-oro ombo, Kartoharjo')?.name, 'Oro-oro Ombo')
  equal(kelurahanMap.areaNamed('Kel. MADIUN LOR')?.name, 'Madiun Lor')
  equal(kelurahanMap.areaNamed('Caruban'), undefined)
})
