/** What the film's scenes are drawn with: the portal's colours, map and icons, on an 854 x 480 stage. */
import { DRAWINGS } from '#portal/look/drawings.ts'
import { kelurahanMap, type MapArea } from '#portal/look/kelurahan-map.ts'

export const STAGE = { width: 854, height: 480, framesPerSecond: 25, seconds: 30 }

/** Inter where Debian's fonts-inter is installed; else Liberation, which fits too. DejaVu alone is too wide for some titles. */
const FONTS = "'Inter Display', Inter, 'Liberation Sans', 'DejaVu Sans', sans-serif"

/** As in portal/look/tokens.css, light theme. */
export const COLOUR = {
  paper: '#f6f4ee',
  surface: '#fffdf8',
  ink: '#12211c',
  muted: '#4d5c56',
  line: '#d8d2c2',
  brand: '#0b5c4a',
  brandSoft: '#dcebe2',
  area: '#e0ded0',
  down: '#b3211a',
  panel: '#0b4a3c',
  panelInk: '#fdfbf4',
  panelMuted: '#c9ded4',
  panelArea: '#1d6653',
  panelAreaOn: '#6fb89b',
  lit: '#f4b73f',
}

/** 0 before `from`, 1 after `from + seconds`, easing out in between. */
export function ease(time: number, from: number, seconds: number): number {
  const t = Math.max(0, Math.min(1, (time - from) / seconds))
  return 1 - (1 - t) ** 3
}

export const mix = (from: number, to: number, share: number): number => from + (to - from) * share

export function blend(from: string, to: string, share: number): string {
  const part = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16)
  return `#${[1, 3, 5]
    .map((at) =>
      Math.round(mix(part(from, at), part(to, at), share))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

type TextStyle = { size: number; fill: string; weight?: number; anchor?: 'start' | 'middle' | 'end'; opacity?: number; spacing?: number }

export function text(words: string, x: number, y: number, style: TextStyle): string {
  const { size, fill, weight = 500, anchor = 'start', opacity = 1, spacing = -0.02 } = style
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${round(x)}" y="${round(y)}" font-family="${FONTS}" font-size="${round(size)}" font-weight="${weight}" letter-spacing="${round(size * spacing)}" text-anchor="${anchor}" fill="${fill}" opacity="${round(opacity)}">${escaped}</text>`
}

/** A line of type that rises into place. */
export function rising(words: string, x: number, y: number, style: TextStyle, time: number, from: number): string {
  const share = ease(time, from, 0.7)
  return share === 0 ? '' : text(words, x, y + (1 - share) * 22, { ...style, opacity: share * (style.opacity ?? 1) })
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  style: { fill: string; radius?: number; stroke?: string; opacity?: number },
) {
  const { fill, radius = 0, stroke, opacity = 1 } = style
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" fill="${fill}" opacity="${round(opacity)}"${stroke ? ` stroke="${stroke}" stroke-width="3"` : ''}/>`
}

export function circle(
  x: number,
  y: number,
  radius: number,
  style: { fill?: string; stroke?: string; width?: number; opacity?: number },
): string {
  const { fill = 'none', stroke = 'none', width = 3, opacity = 1 } = style
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${fill}" stroke="${stroke}" stroke-width="${width}" opacity="${round(opacity)}"/>`
}

export function icon(name: keyof typeof DRAWINGS, x: number, y: number, size: number, stroke: string, opacity = 1): string {
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${round(size / 24)})" opacity="${round(opacity)}"><path d="${DRAWINGS[name]}" fill="none" stroke="${stroke}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></g>`
}

type MapStyle = { x: number; y: number; scale: number; gutter: string; fill: (area: MapArea, order: number) => string; over?: string }

/** The city; `order` runs from 0 at its middle to 1 at its farthest kelurahan. */
export function cityMap({ x, y, scale, gutter, fill, over = '' }: MapStyle): string {
  const areas = kelurahanMap.areas.map((area) => `<path d="${area.path}" fill="${fill(area, orderOf(area))}"/>`).join('')
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${round(scale)})"><g stroke="${gutter}" stroke-width="4" stroke-linejoin="round">${areas}</g>${over}</g>`
}

const MIDDLE = [190, 205] as const
const orderOf = ({ centre: [x, y] }: MapArea): number => Math.min(1, Math.hypot(x - MIDDLE[0], y - MIDDLE[1]) / 290)

export function wordmark(x: number, y: number, size: number, colours: { plain: string; strong: string }): string {
  const glyph = size * 1.05
  return (
    `<g transform="translate(${round(x)} ${round(y - glyph * 0.86)}) scale(${round(glyph / 484)})"><path d="${kelurahanMap.outline}" fill="${colours.strong}"/></g>` +
    `<text x="${round(x + glyph)}" y="${round(y)}" font-family="${FONTS}" font-size="${size}" letter-spacing="${round(size * -0.03)}" fill="${colours.plain}">madiun<tspan font-weight="800" fill="${colours.strong}">today</tspan></text>`
  )
}

export const round = (value: number): number => Math.round(value * 100) / 100
