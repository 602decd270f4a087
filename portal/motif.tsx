import { kelurahanMap } from './look/kelurahan-map.ts'

/** The city with this hotspot's kelurahan lit. One path per area, so that the island can light them while people wait. */
export function Motif({ area, label }: { area: string; label?: string }) {
  const lit = kelurahanMap.areaNamed(area) ?? kelurahanMap.areaByCode(area)
  const others = kelurahanMap.areas.filter(({ code }) => code !== lit?.code)
  return (
    <svg class="motif" viewBox={kelurahanMap.viewBox} {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}>
      {others.map(({ path }) => (
        <path d={path} />
      ))}
      {lit && <path class="lit" d={lit.path} />}
    </svg>
  )
}

/** The whole city as one small shape, for the masthead. */
export function Glyph() {
  return (
    <svg class="glyph" viewBox={kelurahanMap.viewBox} aria-hidden="true">
      <path d={kelurahanMap.outline} />
    </svg>
  )
}
