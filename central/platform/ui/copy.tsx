/** Shows something that will not be shown again, ready to copy; selecting by hand always works too. */
import { useState } from 'preact/hooks'
import { ui } from './ui-words.ts'

export function CopyOnce({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () => {
    // The clipboard exists on https and localhost only; elsewhere the text stays selectable.
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  return (
    <div class="row">
      <input class="input mono grow" readOnly value={text} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
      {'clipboard' in navigator && (
        <button type="button" class="button" onClick={copy}>
          {copied ? ui('copied') : ui('copy')}
        </button>
      )}
      <span class="unseen" role="status">
        {copied ? ui('copied') : ''}
      </span>
    </div>
  )
}
