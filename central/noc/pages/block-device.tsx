/** Shutting a device out at this hotspot, and letting it in again. The NOC knows devices by the box's own pseudonyms only. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { post, remove } from '../../platform/ui/request.ts'
import { Moment } from '../../platform/ui/time.tsx'
import { failureWords } from '../../platform/ui/view.tsx'
import type { HotspotPage } from '../api.ts'
import { t } from './noc-words.ts'

const SECONDS = ['3600', '86400', '2592000'] as const
/** An access point that named no device: there is nobody to block. */
const NOBODY = '0'.repeat(16)

export const short = (device: string): string => device.slice(0, 12)
export const mayBeBlocked = (device: string): boolean => device !== NOBODY

export type Blocking = {
  blocked: HotspotPage['blocked']
  /** What happened last, in words for everyone. */
  said: string
  problem: string | null
  open(device: string): void
  undo(device: string): void
  dialog: preact.JSX.Element | null
}

export function useBlocking(node: string, blocked: HotspotPage['blocked'], reload: () => void): Blocking {
  const [device, setDevice] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const base = `/api/noc/hotspots/${encodeURIComponent(node)}/block`

  const fail = (code: string, status: number) => setProblem(code === 'too-many' ? t('block.too-many') : failureWords(code, status))
  const block = async (seconds: string) => {
    if (device === null) return
    const answer = await post(base, { device, seconds: Number(seconds) })
    setDevice(null)
    if (!answer.ok) return fail(answer.code, answer.status)
    setProblem(null)
    setSaid(t('block.done', { device: short(device) }))
    reload()
  }
  const undo = async (of: string) => {
    const answer = await remove(`${base}/${of}`)
    if (!answer.ok && answer.status !== 404) return fail(answer.code, answer.status)
    setProblem(null)
    setSaid(t('block.lifted', { device: short(of) }))
    reload()
  }
  const dialog =
    device === null ? null : (
      <Dialog title={t('block.title')} onClose={() => setDevice(null)} class="sheet-up">
        <div class="stack">
          <p>{t('block.lead', { device: short(device) })}</p>
          <div class="row">
            {SECONDS.map((seconds) => (
              <button key={seconds} type="button" class="button big danger" onClick={() => void block(seconds)}>
                {t(`block.${seconds}`)}
              </button>
            ))}
          </div>
          <p class="hint">{t('block.hint')}</p>
        </div>
      </Dialog>
    )
  return { blocked, said, problem, open: setDevice, undo: (of) => void undo(of), dialog }
}

/** Those that no row of the sessions shows any more stay in sight until they are let in. */
export function BlockedHere({ blocking }: { blocking: Blocking }) {
  return (
    <>
      {blocking.problem !== null && (
        <p class="notice bad" role="alert">
          {blocking.problem}
        </p>
      )}
      <p class="unseen" role="status">
        {blocking.said}
      </p>
      {blocking.blocked.length > 0 && (
        <div class="blocked-here">
          <strong>{t('block.here')}</strong>
          <ul>
            {blocking.blocked.map(({ device, until }) => (
              <li key={device}>
                <code>{short(device)}</code> <span class="muted">{t('block.until')}</span> <Moment at={until} />
                <button
                  type="button"
                  class="button plain small"
                  aria-label={t('block.undo-label', { device: short(device) })}
                  onClick={() => blocking.undo(device)}
                >
                  {t('block.undo')}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {blocking.dialog}
    </>
  )
}
