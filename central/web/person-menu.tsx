import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Me } from '../platform/accounts/api.ts'
import { chooseLanguage, language } from '../platform/ui/language.ts'
import { me as signedIn } from '../platform/ui/me.ts'
import { post } from '../platform/ui/request.ts'
import { chooseTheme, theme } from '../platform/ui/theme.ts'
import type { Screen } from './screens.ts'
import { t } from './web-words.ts'

type Props = { me: Me; screens: readonly Screen[]; onClose: () => void; onKeys: () => void }

export function PersonMenu({ me, screens, onClose, onKeys }: Props) {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  const signOut = async () => {
    await post('/api/sign-out')
    signedIn.value = null
  }
  return (
    // A click on the backdrop lands on the dialog itself; Esc is the keyboard's way.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      class="menu"
      aria-label={t('menu.label', { name: me.name })}
      onCancel={(event) => (event.preventDefault(), onClose())}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <p>
        <strong>{me.name}</strong>
        <br />
        <span class="muted small">{t('menu.as', { positions: me.positions.map((position) => position.name).join(', ') })}</span>
      </p>
      <div class="links">
        {screens
          .filter((screen) => screen.menu === 'more')
          .map((screen) => (
            <a key={screen.path} href={screen.path} onClick={onClose}>
              {t(screen.title)}
            </a>
          ))}
        <button type="button" onClick={onKeys}>
          {t('menu.keys')}
        </button>
      </div>
      <Choice
        legend={t('menu.language')}
        value={language.value}
        options={[
          ['id', 'Indonesia'],
          ['en', 'English'],
        ]}
        choose={chooseLanguage}
      />
      <Choice
        legend={t('menu.theme')}
        value={theme.value}
        options={[
          ['light', t('menu.light')],
          ['dark', t('menu.dark')],
        ]}
        choose={chooseTheme}
      />
      <button type="button" class="button" onClick={() => void signOut()}>
        {t('menu.sign-out')}
      </button>
    </dialog>
  )
}

type ChoiceProps<V extends string> = { legend: string; value: V; options: readonly (readonly [V, string])[]; choose: (value: V) => void }

function Choice<V extends string>({ legend, value, options, choose }: ChoiceProps<V>) {
  return (
    <div class="choice" role="group" aria-label={legend}>
      <span class="small muted">{legend}</span>
      <span class="row">
        {options.map(([option, label]) => (
          <button key={option} type="button" class="chip" aria-pressed={value === option} onClick={() => choose(option)}>
            {label}
          </button>
        ))}
      </span>
    </div>
  )
}
