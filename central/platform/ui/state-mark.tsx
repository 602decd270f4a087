/** A state is a word and a shape before it is a colour: disc, triangle, crossed square, ring. */
import type { HotspotShape } from './shapes.ts'
import { SHAPE_PATHS } from './shapes.ts'

export function StateMark({ state }: { state: HotspotShape }) {
  return (
    <svg class={`mark ${state}`} viewBox="-6 -6 12 12" aria-hidden="true">
      <ShapePath state={state} />
    </svg>
  )
}

/** The same shape inside a bigger drawing; coordinates −6…6. */
export function ShapePath({ state }: { state: HotspotShape }) {
  if (state === 'new') return <path d={SHAPE_PATHS.new} fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 1.6" />
  return <path d={SHAPE_PATHS[state]} fill="currentColor" fill-rule="evenodd" />
}
