/** The film, scene by scene. A scene is a function of its own clock; what it draws is SVG. */
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import { blend, circle, cityMap, COLOUR, ease, icon, mix, rect, rising, round, STAGE, text, wordmark } from './stage.ts'

type Scene = { from: number; ground: string; dark: boolean; draw: (time: number) => string }

const LEFT = 56
/** Captions stand at the top (a player's controls own the foot): no words of the picture rise above this line. */
export const WORDS_TOP = 88
const FADE_SECONDS = 0.48

export const SCENES: Scene[] = [
  { from: 0, ground: COLOUR.panel, dark: true, draw: opening },
  { from: 5, ground: COLOUR.paper, dark: false, draw: everyNeighbourhood },
  { from: 10, ground: COLOUR.panel, dark: true, draw: report },
  { from: 15, ground: COLOUR.paper, dark: false, draw: follow },
  { from: 20, ground: COLOUR.down, dark: true, draw: emergency },
  { from: 24, ground: COLOUR.paper, dark: false, draw: services },
  { from: 27, ground: COLOUR.panel, dark: true, draw: goOn },
]

/** The whole picture at one moment; neighbouring scenes dissolve into each other. */
export function frame(time: number): string {
  const index = SCENES.findLastIndex(({ from }) => from <= time)
  const scene = SCENES[index]!
  const share = index === 0 ? 1 : Math.min(1, (time - scene.from) / FADE_SECONDS)
  const before = share < 1 ? layer(SCENES[index - 1]!, time, 1) : ''
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${STAGE.width} ${STAGE.height}" width="${STAGE.width}" height="${STAGE.height}">${before}${layer(scene, time, share)}${ticks(time, scene)}</svg>`
}

function layer({ from, ground, draw }: Scene, time: number, opacity: number): string {
  return `<g opacity="${round(opacity)}">${rect(0, 0, STAGE.width, STAGE.height, { fill: ground })}${draw(time - from)}</g>`
}

/** The waiting time, counted in kelurahan: 27 ticks along the foot of the picture. */
function ticks(time: number, { dark }: Scene): string {
  const gap = 4
  const width = (STAGE.width - 2 * LEFT - 26 * gap) / 27
  const done = Math.floor((time / STAGE.seconds) * 27 + 0.001)
  return kelurahanMap.areas
    .map((_, i) => {
      const fill = i < done ? (dark ? COLOUR.lit : COLOUR.brand) : dark ? '#ffffff' : COLOUR.ink
      return rect(LEFT + i * (width + gap), 452, width, 5, { fill, radius: 2.5, opacity: i < done ? 1 : 0.16 })
    })
    .join('')
}

function opening(time: number): string {
  const map = cityMap({
    x: 470,
    y: 22,
    scale: 0.86,
    gutter: COLOUR.panel,
    fill: (_, order) => {
      const at = 0.25 + order * 2.4
      return blend(blend(COLOUR.panelArea, COLOUR.lit, ease(time, at, 0.3)), COLOUR.panelAreaOn, ease(time, at + 0.7, 1.1))
    },
  })
  return (
    map +
    wordmark(LEFT, 118, 30, { plain: COLOUR.panelInk, strong: COLOUR.lit }) +
    rising('Wi-Fi gratis', LEFT, 226, { size: 68, weight: 800, fill: COLOUR.panelInk, spacing: -0.03 }, time, 0.4) +
    rising('Kota Madiun', LEFT, 298, { size: 68, weight: 800, fill: COLOUR.panelInk, spacing: -0.03 }, time, 0.6) +
    rising('27 kelurahan, satu jaringan.', LEFT, 354, { size: 27, fill: COLOUR.panelMuted }, time, 1.2)
  )
}

function everyNeighbourhood(time: number): string {
  const drift = mix(1.42, 1.52, Math.min(1, time / 5.5))
  const dots = kelurahanMap.areas.flatMap((area, a) =>
    [0, 1, 2].map((i) => {
      const [x, y] = kelurahanMap.placeIn(area.code, i, 3)
      const from = 0.3 + ((a * 3 + i * 29) % 81) * 0.03
      const grown = ease(time, from, 0.35)
      const wave = ease(time, from + 0.05, 1.1)
      if (grown === 0) return ''
      return (
        (wave < 1 ? circle(x, y, 4 + wave * 15, { stroke: COLOUR.brand, width: 1.5, opacity: 1 - wave }) : '') +
        circle(x, y, 4.6 * grown, { fill: COLOUR.brand })
      )
    }),
  )
  return (
    cityMap({
      x: 430 - (drift - 1.42) * 200,
      y: -130 - (drift - 1.42) * 240,
      scale: drift,
      gutter: COLOUR.paper,
      fill: () => COLOUR.area,
      over: dots.join(''),
    }) +
    `<defs><linearGradient id="veil" x1="0" x2="1"><stop offset="0.62" stop-color="${COLOUR.paper}"/><stop offset="1" stop-color="${COLOUR.paper}" stop-opacity="0"/></linearGradient></defs><rect width="600" height="480" fill="url(#veil)"/>` +
    rect(0, 436, STAGE.width, 44, { fill: COLOUR.paper }) +
    icon('wifi', LEFT - 4, 94, 62, COLOUR.brand, ease(time, 0.2, 0.5)) +
    rising('Satu RT,', LEFT, 218, { size: 58, weight: 800, fill: COLOUR.ink, spacing: -0.03 }, time, 0.3) +
    rising('Satu Free WiFi', LEFT, 282, { size: 58, weight: 800, fill: COLOUR.brand, spacing: -0.03 }, time, 0.6) +
    rising('Untuk belajar, bekerja,', LEFT, 338, { size: 27, fill: COLOUR.muted }, time, 1.2) +
    rising('dan mengurus layanan.', LEFT, 372, { size: 27, fill: COLOUR.muted }, time, 1.35)
  )
}

function report(time: number): string {
  const tiles = (
    [
      ['jalan', 'Jalan'],
      ['lampu', 'Lampu'],
      ['pohon', 'Pohon'],
      ['sampah', 'Sampah'],
      ['drainase', 'Banjir'],
      ['wifi', 'Wi-Fi'],
    ] as const
  ).map(([name, word], i) => {
    const share = ease(time, 0.8 + i * 0.22, 0.5)
    if (share === 0) return ''
    const [x, y] = [486 + (i % 3) * 108, 110 + Math.floor(i / 3) * 132 + (1 - share) * 26]
    const chosen = i === 1 ? ease(time, 3, 0.4) : 0
    const ink = blend(COLOUR.panelInk, COLOUR.ink, chosen)
    return `<g opacity="${round(share)}">${rect(x, y, 98, 120, { fill: blend(COLOUR.panelArea, COLOUR.lit, chosen), radius: 14 })}${icon(name, x + 27, y + 20, 44, ink)}${text(word, x + 49, y + 98, { size: 19, weight: 600, fill: ink, anchor: 'middle' })}</g>`
  })
  return (
    tiles.join('') +
    rising('Ada yang', LEFT, 168, { size: 62, weight: 800, fill: COLOUR.panelInk, spacing: -0.03 }, time, 0.2) +
    rising('rusak?', LEFT, 234, { size: 62, weight: 800, fill: COLOUR.panelInk, spacing: -0.03 }, time, 0.4) +
    rising('Lapor di sini.', LEFT, 300, { size: 46, weight: 800, fill: COLOUR.lit, spacing: -0.03 }, time, 1.6) +
    rising('Tanpa akun, bahkan', LEFT, 352, { size: 26, fill: COLOUR.panelMuted }, time, 2.1) +
    rising('sebelum masuk internet.', LEFT, 386, { size: 26, fill: COLOUR.panelMuted }, time, 2.2)
  )
}

function follow(time: number): string {
  const stub = ease(time, 0.4, 0.6)
  const card =
    `<g opacity="${round(stub)}" transform="translate(0 ${round((1 - stub) * 24)})">` +
    rect(498, 92, 300, 128, { fill: COLOUR.surface, radius: 14, stroke: COLOUR.ink }) +
    text('Kode tiket', 524, 132, { size: 20, weight: 700, fill: COLOUR.brand, spacing: 0 }) +
    text('K7QF-M3TX', 524, 186, { size: 42, weight: 800, fill: COLOUR.ink, spacing: 0.02 }) +
    '</g>'
  const steps = ['Menunggu', 'Koordinasi', 'Disposisi', 'Proses', 'Selesai']
  const [first, gap, y] = [116, 155.5, 324]
  const reach = Math.max(0, Math.min(4, (time - 1.5) / 0.6))
  const rail = rect(first, y - 2, gap * 4, 4, { fill: COLOUR.line }) + rect(first, y - 2, gap * reach, 4, { fill: COLOUR.brand })
  const marks = steps.map((step, i) => {
    const x = first + i * gap
    const on = ease(time, 1.5 + i * 0.6 - (i === 0 ? 0.3 : 0.05), 0.3)
    const last = i === 4
    return (
      circle(x, y, 21, {
        fill: blend(COLOUR.paper, last ? COLOUR.lit : COLOUR.brand, on),
        stroke: blend('#7b857f', last ? COLOUR.lit : COLOUR.brand, on),
      }) +
      icon('check', x - 12, y - 12, 24, last ? COLOUR.ink : '#ffffff', on) +
      text(step, x, y + 56, {
        size: 22,
        weight: on > 0.5 ? 700 : 500,
        fill: blend(COLOUR.muted, COLOUR.ink, on),
        anchor: 'middle',
        spacing: -0.01,
      })
    )
  })
  return (
    card +
    rail +
    marks.join('') +
    rising('Pegang kodenya,', LEFT, 140, { size: 48, weight: 800, fill: COLOUR.ink, spacing: -0.03 }, time, 0.2) +
    rising('baca jawabannya.', LEFT, 196, { size: 48, weight: 800, fill: COLOUR.brand, spacing: -0.03 }, time, 0.6)
  )
}

function emergency(time: number): string {
  const waves = [0, 1, 2].map((i) => {
    const phase = (((time - i * 0.8) % 2.4) + 2.4) % 2.4
    const share = phase / 2.4
    return time < i * 0.8 ? '' : circle(664, 232, 62 + share * 170, { stroke: '#ffffff', width: 3, opacity: 0.5 * (1 - share) })
  })
  return (
    waves.join('') +
    circle(664, 232, 62, { fill: '#ffffff' }) +
    icon('darurat', 632, 200, 64, COLOUR.down) +
    rising('Darurat?', LEFT, 132, { size: 48, weight: 800, fill: '#ffffff', spacing: -0.03 }, time, 0.15) +
    rising('112', LEFT - 10, 326, { size: 226, weight: 900, fill: '#ffffff', spacing: -0.05 }, time, 0.35) +
    rising('Satu nomor: polisi, pemadam, ambulans.', LEFT, 388, { size: 27, weight: 600, fill: '#ffffff' }, time, 1)
  )
}

function services(time: number): string {
  const rows = (
    [
      ['adminduk', 'KTP, KK, dan akta', 'tanpa biaya, tanpa calo', 0.2],
      ['kesehatan', 'Enam puskesmas', 'untuk 27 kelurahan', 0.7],
    ] as const
  ).map(([name, title, note, from], i) => {
    const y = 98 + i * 164
    const share = ease(time, from, 0.5)
    return (
      (share === 0
        ? ''
        : `<g opacity="${round(share)}">${rect(LEFT, y, 124, 124, { fill: COLOUR.brandSoft, radius: 20 })}${icon(name, LEFT + 30, y + 30, 64, COLOUR.brand)}</g>`) +
      rising(title, LEFT + 156, y + 58, { size: 50, weight: 800, fill: COLOUR.ink, spacing: -0.03 }, time, from + 0.1) +
      rising(note, LEFT + 156, y + 102, { size: 31, fill: COLOUR.muted }, time, from + 0.25)
    )
  })
  return rows.join('')
}

function goOn(time: number): string {
  const map = cityMap({
    x: 500,
    y: 38,
    scale: 0.78,
    gutter: COLOUR.panel,
    fill: (_, order) => blend(COLOUR.panelAreaOn, COLOUR.lit, ease(time, 0.3 + order * 1.2, 0.5)),
  })
  const button = ease(time, 0.8, 0.5)
  return (
    map +
    wordmark(LEFT, 150, 56, { plain: COLOUR.panelInk, strong: COLOUR.lit }) +
    rising('Kabar dan layanan kota,', LEFT, 216, { size: 28, fill: COLOUR.panelMuted }, time, 0.3) +
    rising('dari hotspot terdekat.', LEFT, 252, { size: 28, fill: COLOUR.panelMuted }, time, 0.4) +
    `<g opacity="${round(button)}">${rect(LEFT, 298, 362, 76, { fill: COLOUR.panelInk, radius: 14 })}${text('Lanjut ke internet', LEFT + 28, 347, { size: 30, weight: 700, fill: COLOUR.panel })}${icon('arrow', LEFT + 310, 322, 30, COLOUR.panel)}</g>`
  )
}
