/** How the box comes in: its certificate, how long that is good, and taking it back, which asks first. */
import { useState } from 'preact/hooks'
import { Dialog } from '../../platform/ui/dialog.tsx'
import { absolute, dateWithYear } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { mayBe } from '../../platform/ui/me.ts'
import { now } from '../../platform/ui/now.ts'
import { post } from '../../platform/ui/request.ts'
import { Age } from '../../platform/ui/time.tsx'
import { failureWords } from '../../platform/ui/view.tsx'
import type { AccessRevoked, HotspotPage } from '../api.ts'
import { t } from './noc-words.ts'

type Access = HotspotPage['access']
type Certificate = Access['certificates'][number]

const DAY_MS = 86_400_000
/** A box renews with a third of its year left; one that has not by now needs somebody. */
const SOON_DAYS = 60
/** Enough to tell two of a box's certificates apart. */
const SERIAL_LETTERS = 8

export function BoxAccess({ page, reload }: { page: HotspotPage; reload: () => void }) {
  const { access, hotspot } = page
  const current = currentOf(access)
  const others = access.certificates.filter((each) => each !== current)
  const revokedAt = access.token || current?.revokedAt === null ? null : (current?.revokedAt ?? null)
  return (
    <section class="sheet">
      <h2>{t('access.title')}</h2>
      {revokedAt !== null && (
        <p class="notice bad" role="alert">
          {t('access.revoked')} <Age at={revokedAt} />. {t('access.revoked-note')}
        </p>
      )}
      <dl class="facts">
        <dt>{t('access.by')}</dt>
        <dd>{comesInBy(access, current)}</dd>
        {current && <CertificateFacts of={current} />}
      </dl>
      {!current && !access.token && <p class="muted">{t('access.none')}</p>}
      {others.length > 0 && <Others certificates={others} />}
      {mayBe('admin') && (access.token || access.certificates.some(({ revokedAt }) => revokedAt === null)) && (
        <Revoke node={hotspot.node} name={hotspot.name} reload={reload} />
      )}
    </section>
  )
}

/** The one it uses, else the newest that counts, else the newest. */
function currentOf({ certificates }: Access): Certificate | undefined {
  return certificates.find(({ inUse }) => inUse) ?? certificates.find(({ revokedAt }) => revokedAt === null) ?? certificates[0]
}

function comesInBy({ token }: Access, current: Certificate | undefined): string {
  if (current?.revokedAt === null && current.notAfter > now.value) return t('access.by-certificate')
  return token ? t('access.by-token') : t('access.by-nothing')
}

function CertificateFacts({ of }: { of: Certificate }) {
  const days = Math.floor((of.notAfter - now.value) / DAY_MS)
  return (
    <>
      {of.revokedAt === null && (
        <>
          <dt>{t('access.until')}</dt>
          <dd>
            <Until at={of.notAfter} />
            {days < SOON_DAYS && <strong class="tone-down"> · {days < 0 ? t('access.over') : t('access.soon', { n: days })}</strong>}
          </dd>
        </>
      )}
      <dt>{t('access.issued')}</dt>
      <dd>
        <Age at={of.issuedAt} />
      </dd>
      <dt>{t('access.serial')}</dt>
      <dd>
        <code title={of.serial}>{of.serial.slice(0, SERIAL_LETTERS)}</code>
        {of.inUse && <span class="muted"> · {t('access.in-use')}</span>}
      </dd>
    </>
  )
}

function Until({ at }: { at: number }) {
  const lang = language.value
  return (
    <time class="tabular" dateTime={new Date(at).toISOString()} title={absolute(at, lang)}>
      {dateWithYear(at, lang)}
    </time>
  )
}

function Others({ certificates }: { certificates: Certificate[] }) {
  return (
    <details>
      <summary>{t('access.earlier', { n: certificates.length })}</summary>
      <ul>
        {certificates.map(({ serial, revokedAt, notAfter }) => (
          <li key={serial}>
            <code title={serial}>{serial.slice(0, SERIAL_LETTERS)}</code>{' '}
            {revokedAt === null ? (
              <>
                {t('access.earlier-until')} <Until at={notAfter} />
              </>
            ) : (
              <>
                {t('access.earlier-revoked')} <Age at={revokedAt} />
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Revoke({ node, name, reload }: { node: string; name: string; reload: () => void }) {
  const [asking, setAsking] = useState(false)
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const revoke = async () => {
    const answer = await post<AccessRevoked>(`/api/noc/hotspots/${encodeURIComponent(node)}/revoke`, {})
    setAsking(false)
    if (!answer.ok) return setProblem(failureWords(answer.code, answer.status))
    setProblem(null)
    setSaid(t('access.revoke-done', { n: answer.value.certificates }))
    reload()
  }
  return (
    <>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <p class="unseen" role="status">
        {said}
      </p>
      <button type="button" class="button plain small" onClick={() => setAsking(true)}>
        {t('access.revoke')}
      </button>
      {asking && (
        <Dialog title={t('access.revoke-title', { name })} onClose={() => setAsking(false)} class="sheet-up">
          <div class="stack">
            <p>{t('access.revoke-lead')}</p>
            <p class="hint">{t('access.revoke-stays')}</p>
            <div class="row">
              <button type="button" class="button big danger" onClick={() => void revoke()}>
                {t('access.revoke-do')}
              </button>
              <button type="button" class="button big" onClick={() => setAsking(false)}>
                {t('access.revoke-keep')}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  )
}
