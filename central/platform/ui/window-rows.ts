/** Which rows of a long list stand in the window, so that 2,500 rows cost as much as thirty. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

export type Rows = { start: number; end: number }

/** Rows kept ready above and below, so that scrolling meets no white. */
const SPARE = 12

export function rowsIn(count: number, rowHeight: number, scrolledPast: number, viewHeight: number): Rows {
  const start = Math.max(0, Math.floor(scrolledPast / rowHeight) - SPARE)
  const end = Math.min(count, Math.ceil((scrolledPast + viewHeight) / rowHeight) + SPARE)
  return { start: Math.min(start, Math.max(0, count - 1)), end: Math.max(end, Math.min(count, SPARE)) }
}

export function useWindowRows<E extends HTMLElement>(count: number, rowHeight: number) {
  const ref = useRef<E>(null)
  const [rows, setRows] = useState<Rows>({ start: 0, end: Math.min(count, SPARE * 4) })
  const measure = () => {
    const top = ref.current?.getBoundingClientRect().top ?? 0
    const next = rowsIn(count, rowHeight, Math.max(0, -top), window.innerHeight)
    setRows((before) => (before.start === next.start && before.end === next.end ? before : next))
  }
  useLayoutEffect(measure, [count, rowHeight])
  useEffect(() => {
    let frame = 0
    const later = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0
        measure()
      })
    }
    addEventListener('scroll', later, { passive: true })
    addEventListener('resize', later)
    return () => {
      cancelAnimationFrame(frame)
      removeEventListener('scroll', later)
      removeEventListener('resize', later)
    }
  }, [count, rowHeight])
  return { ref, rows }
}
