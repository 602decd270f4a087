import { number } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { ui } from '../../platform/ui/ui-words.ts'
import type { CityNow } from '../api.ts'
import { t } from './noc-words.ts'

type Props = { areas: CityNow['kelurahan']; href: (code: string) => string; selected: string }

/** The map in words. */
export function KelurahanTable({ areas, href, selected }: Props) {
  const lang = language.value
  return (
    <div class="scroll-x">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('col.kelurahan')}</th>
            <th scope="col" class="number">
              {t('col.hotspots')}
            </th>
            <th scope="col" class="number">
              {ui('state.online')}
            </th>
            <th scope="col" class="number">
              {ui('state.degraded')}
            </th>
            <th scope="col" class="number">
              {ui('state.offline')}
            </th>
            <th scope="col" class="number">
              {t('col.online')}
            </th>
          </tr>
        </thead>
        <tbody>
          {areas.map((area) => (
            <tr key={area.code}>
              <th scope="row">
                <a href={href(area.code)} aria-current={area.code === selected ? 'true' : undefined}>
                  {area.name}
                </a>
              </th>
              {[area.hotspots, area.online, area.degraded, area.offline, area.visitors].map((value, column) => (
                <td class="number" key={column}>
                  {number(value, lang)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
