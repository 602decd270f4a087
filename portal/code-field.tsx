import { Notice } from './document.tsx'

type CodeFieldProps = {
  label: string
  hint: string
  entered: string | undefined
  problem: { heading: string; text: string } | undefined
}

/** As long as anybody spells a code out, with spaces; the box reads it forgivingly. */
const TYPED_MAX = 40

/** One big field for a code on paper. Each page has one at most. */
export function CodeField({ label, hint, entered, problem }: CodeFieldProps) {
  return (
    <>
      {problem && (
        <Notice kind="down" title={problem.heading} urgent>
          <span id="kode-problem">{problem.text}</span>
        </Notice>
      )}
      <div class={`field ${problem ? 'bad' : ''}`}>
        <label for="kode">{label}</label>
        <input
          class="codefield"
          id="kode"
          name="kode"
          type="text"
          required
          maxlength={TYPED_MAX}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          value={entered}
          aria-describedby={problem ? 'kode-problem kode-hint' : 'kode-hint'}
          {...(problem ? { 'aria-invalid': 'true' as const } : {})}
        />
        <p class="small" id="kode-hint">
          {hint}
        </p>
      </div>
    </>
  )
}
