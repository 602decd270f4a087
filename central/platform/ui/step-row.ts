/** Moves the focus to the next or previous `[data-row]` inside a list, in document order. */
export function stepRow(list: HTMLElement | null, by: 1 | -1): void {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  const here = rows.findIndex((row) => row === document.activeElement)
  const next = rows[Math.max(0, Math.min(rows.length - 1, here === -1 ? (by > 0 ? 0 : rows.length - 1) : here + by))]
  next?.focus()
}
