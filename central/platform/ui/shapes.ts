export type HotspotShape = 'online' | 'degraded' | 'offline' | 'new'

/** Drawn in a box of −6…6, alike in visual weight. */
export const SHAPE_PATHS: Record<HotspotShape, string> = {
  online: 'M5 0A5 5 0 1 1 -5 0A5 5 0 1 1 5 0Z',
  degraded: 'M0 -5.6L5.8 4.8H-5.8Z',
  // A square whose cross is cut out, so that it also reads in print and without colour.
  offline: 'M-5 -5H5V5H-5ZM-3.4 -2.2L-1.2 0L-3.4 2.2L-2.2 3.4L0 1.2L2.2 3.4L3.4 2.2L1.2 0L3.4 -2.2L2.2 -3.4L0 -1.2L-2.2 -3.4Z',
  new: 'M4.4 0A4.4 4.4 0 1 1 -4.4 0A4.4 4.4 0 1 1 4.4 0Z',
}
