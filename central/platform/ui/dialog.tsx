/** The browser's own modal dialog: focus goes in, Esc closes, focus comes back. */
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { ui } from './ui-words.ts'

type Props = { title: string; onClose: () => void; children: ComponentChildren; class?: string }

/** Rendered while open; the parent stops rendering it to close it. */
export function Dialog({ title, onClose, children, class: className }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    // Closing, not just removing: the page behind is inert until then, and the browser gives the focus back itself.
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={ref} aria-labelledby={titleId} class={className ?? ''} onCancel={(event) => (event.preventDefault(), onClose())}>
      <div class="dialog-head">
        <h2 id={titleId} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="button plain" onClick={onClose}>
          {ui('close')}
        </button>
      </div>
      {children}
    </dialog>
  )
}
