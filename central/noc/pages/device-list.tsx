/** The site's access points, switches and routers: whether they answer, their ports as a strip, their radios. */
import type { Device, DeviceRadio } from '#edge/wire/device.ts'
import { number, octets, percent, rate, span } from '../../platform/ui/format.ts'
import { language } from '../../platform/ui/language.ts'
import { StateMark } from '../../platform/ui/state-mark.tsx'
import { Age, Moment } from '../../platform/ui/time.tsx'
import { ui } from '../../platform/ui/ui-words.ts'
import type { HotspotPage } from '../api.ts'
import { portsOf, speedWord, type PortLook } from './device-facts.ts'
import { STALE_MS } from './hotspot-list.ts'
import { t } from './noc-words.ts'

type Shown = HotspotPage['devices'][number]

export function DeviceList({ devices }: { devices: HotspotPage['devices'] }) {
  if (devices.length === 0) return null
  return (
    <section class="sheet devices">
      <h2>{t('devices.title')}</h2>
      <ul>
        {devices.map((device) => (
          <OneDevice key={device.name} device={device} />
        ))}
      </ul>
    </section>
  )
}

function OneDevice({ device }: { device: Shown }) {
  const said = device.said as Partial<Device> | null
  const ports = portsOf(said ?? {})
  return (
    <li class={device.reachable ? 'device' : 'device gone'}>
      <h3>
        <StateMark state={device.reachable ? 'online' : 'offline'} /> {device.name}{' '}
        <span class="muted">{t.code('device.kind-', device.kind)}</span>
      </h3>
      <p>
        {t(device.reachable ? 'device.answers' : 'device.silent')} <Moment at={device.since} />
        {device.problem !== null && <> — {t.code('device.problem-', device.problem)}</>}
      </p>
      {said === null ? (
        <p class="muted">{t('device.never')}</p>
      ) : (
        <>
          {said.replaced === true && <p class="tone-warn">{t('device.replaced')}</p>}
          {ports.length > 0 && <Ports ports={ports} leftOut={said.portsLeftOut ?? 0} name={device.name} />}
          {said.radios && said.radios.length > 0 && <Radios radios={said.radios} />}
          <Facts said={said} day={device.day} />
        </>
      )}
      <p class="small muted">
        {t('device.looked')} <Age at={device.at} staleAfter={STALE_MS} />
        {!device.reachable && device.saidAt !== null && (
          <>
            {' '}
            · {t('device.said')} <Age at={device.saidAt} />
          </>
        )}
      </p>
    </li>
  )
}

/** With as many as this the names no longer fit under the squares. */
const NAMED_PORTS_MAX = 8

function Ports({ ports, leftOut, name }: { ports: PortLook[]; leftOut: number; name: string }) {
  const up = ports.filter(({ state }) => state !== 'down').length
  return (
    <details class="ports">
      <summary>
        <span class={ports.length > NAMED_PORTS_MAX ? 'strip many' : 'strip'} aria-hidden="true">
          {ports.map((port) => (
            <span key={port.name} class={`port ${port.state}`} title={titleOf(port)}>
              <i>{port.state === 'errors' ? '!' : port.state === 'down' ? '–' : ''}</i>
              {ports.length <= NAMED_PORTS_MAX && <small>{port.name}</small>}
            </span>
          ))}
        </span>
        <span class="small">
          {t('ports.up', { n: up, of: ports.length })}
          {leftOut > 0 && <> · {t('ports.left-out', { n: leftOut })}</>} · <span class="more">{t('ports.more')}</span>
        </span>
      </summary>
      <PortTable ports={ports} name={name} />
    </details>
  )
}

function titleOf(port: PortLook): string {
  return [port.name, port.alias, t(`port.${port.state}`), speedWord(port.speedMbps)].filter(Boolean).join(' · ')
}

function PortTable({ ports, name }: { ports: PortLook[]; name: string }) {
  const lang = language.value
  const rateOf = (value: number | null) => (value === null ? '–' : rate(value, lang))
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={`${t('ports.title')}: ${name}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('ports.name')}</th>
            <th scope="col">{t('ports.state')}</th>
            <th scope="col" class="number">
              {t('ports.in')}
            </th>
            <th scope="col" class="number">
              {t('ports.out')}
            </th>
            <th scope="col" class="number">
              {t('ports.errors')}
            </th>
            <th scope="col" class="number">
              {t('ports.discards')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ports.map((port) => (
            <tr key={port.name}>
              <th scope="row">
                {port.name}
                {port.alias !== null && <span class="muted"> {port.alias}</span>}
              </th>
              <td>
                {t(`port.${port.state}`)} {speedWord(port.speedMbps)}
              </td>
              <td class="number">{rateOf(port.inRate)}</td>
              <td class="number">{rateOf(port.outRate)}</td>
              <td class={port.errors > 0 ? 'number tone-warn' : 'number'}>{number(port.errors, lang)}</td>
              <td class="number">{number(port.discards, lang)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Radios({ radios }: { radios: DeviceRadio[] }) {
  const lang = language.value
  return (
    <table class="radios">
      <thead>
        <tr>
          <th scope="col">{t('radios.name')}</th>
          <th scope="col" class="number">
            {t('radios.channel')}
          </th>
          <th scope="col" class="number">
            {t('radios.clients')}
          </th>
          <th scope="col" class="number">
            {t('radios.busy')}
          </th>
          <th scope="col" class="number">
            {t('radios.noise')}
          </th>
        </tr>
      </thead>
      <tbody>
        {radios.map(({ name, channel, clients, utilisation, noiseDbm }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{channel ?? '–'}</td>
            <td class="number">{clients === undefined ? '–' : number(clients, lang)}</td>
            <td class="number">{utilisation === undefined ? '–' : percent(utilisation, lang)}</td>
            <td class="number">{noiseDbm === undefined ? '–' : `${number(noiseDbm, lang)} dBm`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Facts({ said, day }: { said: Partial<Device>; day: Shown['day'] }) {
  const lang = language.value
  const facts: [string, string][] = []
  if (said.model !== undefined) facts.push([t('device.model'), said.model])
  if (said.sysName !== undefined) facts.push([t('device.sys-name'), said.sysName])
  if (said.uptimeSeconds !== undefined) {
    const { unit, n } = span(said.uptimeSeconds * 1_000)
    facts.push([t('health.uptime'), ui(`span.${unit}`, { n })])
  }
  if (said.clients !== undefined) facts.push([t('device.clients'), number(said.clients, lang)])
  if (said.learnedAddresses !== undefined) facts.push([t('device.learned'), number(said.learnedAddresses, lang)])
  if (said.poeWatts !== undefined)
    facts.push([t('device.poe'), t('device.watts', { n: said.poeWatts, of: said.poeLimitWatts ?? said.poeWatts })])
  if (day.looks > 0) {
    facts.push([t('device.day-octets'), octets(day.inOctets, lang)])
    if (day.clientsN > 0) facts.push([t('device.day-clients'), number(day.clientsSum / day.clientsN, lang, 1)])
    // Never rounded up: 100% is all of them.
    facts.push([t('device.day-answered'), percent(Math.floor((100 * day.answered) / day.looks) / 100, lang)])
  }
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}
