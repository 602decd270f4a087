import { Dialog } from '../platform/ui/dialog.tsx'
import { allowSingleKeys, singleKeys } from '../platform/ui/keys.ts'
import { t } from './web-words.ts'

export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <dl class="keys">
        <Key keys={['Ctrl', 'K']} does={t('keys.palette')} />
        <Key keys={['/']} does={t('keys.search')} />
        <Key keys={['j']} does={t('keys.down')} />
        <Key keys={['k']} does={t('keys.up')} />
        <Key keys={['Enter']} does={t('keys.open')} />
        <Key keys={['?']} does={t('keys.help')} />
      </dl>
      <hr />
      <label class="row">
        <input type="checkbox" checked={singleKeys.value} onChange={(event) => allowSingleKeys(event.currentTarget.checked)} />
        {t('keys.single')}
      </label>
    </Dialog>
  )
}

function Key({ keys, does }: { keys: readonly string[]; does: string }) {
  return (
    <>
      <dt class="row">
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </>
  )
}
