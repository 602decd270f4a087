/** What the box itself had to say, newest first; the bad ones stand out by mark and word, not by colour alone. */
import { useState } from 'preact/hooks'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { Age } from '../../platform/ui/time.tsx'
import type { HotspotPage } from '../api.ts'
import { t } from './noc-words.ts'

const SHOWN = 8
const TONES: Record<string, 'offline' | 'degraded' | 'online'> = {
  'gate-failed': 'offline',
  'storage-failed': 'offline',
  'uplink-down': 'offline',
  'dns-down': 'offline',
  'table-rewritten': 'degraded',
  'address-spoofed': 'degraded',
  'certificate-refused': 'degraded',
  'config-refused': 'degraded',
  'device-silent': 'degraded',
  'device-replaced': 'degraded',
}

export function NoticeList({ notices }: { notices: HotspotPage['notices'] }) {
  const [all, setAll] = useState(false)
  const shown = all ? notices : notices.slice(0, SHOWN)
  return (
    <section class="sheet">
      <h2>{t('notices.title')}</h2>
      {notices.length === 0 && <p class="muted">{t('notices.none')}</p>}
      <ol class="notices">
        {shown.map((notice) => (
          <li key={`${notice.at} ${notice.kind}`}>
            <StateMark state={TONES[notice.kind] ?? 'online'} />
            <div>
              <p>{t.code('notice.', notice.kind)}</p>
              <p class="small muted">
                <Age at={notice.at} />
                {notice.count > 1 && <> · {t('notices.times', { n: notice.count })}</>}
                {notice.device !== null && <> · {t('notices.device', { device: notice.device.slice(0, 12) })}</>}
                {notice.detail !== null && <> · {notice.detail}</>}
              </p>
            </div>
          </li>
        ))}
      </ol>
      {!all && notices.length > SHOWN && (
        <button type="button" class="button plain small" onClick={() => setAll(true)}>
          {t('notices.more', { n: notices.length })}
        </button>
      )}
    </section>
  )
}
