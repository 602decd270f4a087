/** The mark of the city: its 27 kelurahan, as small as a letter or as large as a wall. */
import { kelurahanMap } from '#portal/look/kelurahan-map.ts'

export function Motif({ class: className = '' }: { class?: string }) {
  return (
    <svg class={`motif ${className}`} viewBox={kelurahanMap.viewBox} aria-hidden="true">
      {kelurahanMap.areas.map(({ code, path }) => (
        <path key={code} d={path} />
      ))}
    </svg>
  )
}
