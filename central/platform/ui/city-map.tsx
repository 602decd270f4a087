/**
 * The schematic map of the kelurahan with hotspots on it, by shape as well as colour. Areas are links (keyboard, copy,
 * middle click); dots are drawings only, since the list beside the map is their equivalent.
 */
import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'
import { glow, type MapDot, placed } from './map-dots.ts'
import { ShapePath } from './state-mark.tsx'
import { ui } from './ui-words.ts'

type AreaNow = { code: string; name: string; hotspots: number; online: number; degraded: number; offline: number; visitors: number }

type Props = {
  areas: readonly AreaNow[]
  dots: readonly MapDot[]
  /** The address an area leads to; without it the map is a picture. */
  areaHref?: ((code: string) => string) | undefined
  selected?: string | undefined
  lit?: string | undefined
  children?: ComponentChildren
}

export function CityMap({ areas, dots, areaHref, selected, lit, children }: Props) {
  const points = useMemo(() => placed(dots), [dots])
  const nowByCode = useMemo(() => new Map(areas.map((area) => [area.code, area])), [areas])
  // Drawn over the neighbours' borders; the link itself keeps its place, and with it the focus.
  const selectedPath = selected === undefined ? undefined : kelurahanMap.areaByCode(selected)?.path
  const busiest = Math.max(0, ...areas.map((area) => area.visitors))
  return (
    <svg class="city-map" viewBox={kelurahanMap.viewBox} role={areaHref ? 'group' : 'img'} aria-label={ui('map.label')}>
      {kelurahanMap.areas.map((area) => {
        const here = nowByCode.get(area.code)
        const label = here ? ui('map.area', { ...here, trouble: here.degraded + here.offline }) : area.name
        const classes = [
          'area',
          `glow-${here ? glow(here.visitors, busiest) : 0}`,
          area.code === selected ? 'selected' : '',
          area.code === lit ? 'lit' : '',
        ]
        const shape = (
          <>
            {areaHref && <title>{label}</title>}
            <path d={area.path} class={classes.join(' ')} />
            {kelurahanMap.labelLines(area).map((line) => (
              <text key={line.text} x={line.x} y={line.y} font-size={area.size} class="area-label" aria-hidden="true">
                {line.text}
              </text>
            ))}
          </>
        )
        return areaHref ? (
          <a key={area.code} href={areaHref(area.code)} aria-current={area.code === selected ? 'true' : undefined} class="area-link">
            {shape}
          </a>
        ) : (
          <g key={area.code}>{shape}</g>
        )
      })}
      {selectedPath !== undefined && <path class="selected-outline" d={selectedPath} />}
      <g class="dots" aria-hidden="true">
        {points.map(({ dot, x, y, radius }) => (
          <g key={dot.id} class={`mark ${dot.state}`} transform={`translate(${x} ${y}) scale(${radius / 5})`}>
            <ShapePath state={dot.state} />
          </g>
        ))}
      </g>
      {children}
    </svg>
  )
}
