import type { ComplaintCategory } from '#edge/wire/complaint.ts'
import type { NewsCard } from '#edge/wire/page.ts'
import { DRAWINGS } from './look/drawings.ts'

export type IconName = keyof typeof DRAWINGS | ComplaintCategory | NewsCard['icon']

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={DRAWINGS[name]} />
    </svg>
  )
}
