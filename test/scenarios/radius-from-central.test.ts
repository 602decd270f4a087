/**
 * A person is made at central, logs in at an access point of a real box, is disabled at central and refused there; the NOC
 * reads of both what it needs to help on the telephone.
 */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { AddedUsers, LiveSessions, RadiusBoxes, Rejections } from '#central/noc/radius/api.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { freePort } from '#test/support/free-port.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { cityFor, NODE, RADIUS, startBox, writeBoxConfig } from '#test/support/product.ts'
import { signInByCode } from '#test/support/staff.ts'

const AUTH = 1812
const ACCT = 1813
const PHONE = '02-77-00-00-00-99'
const NAME = 'budi'

test(
  'a person made at central gets in at an access point, is refused once disabled, and the NOC sees why',
  { timeout: 120_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 1 })
    if (!lab) return
    if ((await lab.exec('edge', ['sh', '-c', 'command -v radclient'])).code !== 0)
      return t.skip('radclient is not installed (Debian package freeradius-utils)')
    await gateIn(t, lab, { openPorts: [`udp:${AUTH}`, `udp:${ACCT}`] })
    const host = lab.addresses.host.management
    const [webPort, mqttPort] = [await freePort(), await freePort(host)]
    const city = await cityFor(t, { host, webPort, mqttPort })
    await city.startCentral()
    const config = await writeBoxConfig(lab, city, `mqtts://${host}:${mqttPort}`, { everySeconds: 1 })
    let box = await startBox(lab, config)
    t.after(() => box.end('SIGKILL'))
    const admin = await signInByCode(city.origin, city.adminCode, { username: 'pengelola', name: 'Pengelola Sistem' })
    const boxes = () => admin.get<RadiusBoxes>('/api/noc/radius/boxes')
    const put = async (id: number, change: object): Promise<void> => {
      const answer = await fetch(`${city.origin}/api/noc/radius/users/${id}`, {
        method: 'PUT',
        headers: { origin: city.origin, cookie: admin.cookie(), 'content-type': 'application/json' },
        body: JSON.stringify({ group: null, until: null, sessionSeconds: 1_800, recoverable: false, disabled: false, ...change }),
      })
      assert.equal(answer.status, 200, await answer.text())
    }
    const ask = async (port: number, attributes: string[]): Promise<string> => {
      const kind = port === AUTH ? 'auth' : 'acct'
      const server = `${lab.addresses.edge.lan4}:${port}`
      const { stdout, stderr } = await lab.exec('phone1', ['radclient', '-x', '-t', '1', '-r', '2', server, kind, RADIUS.secret], {
        input: attributes.join(','),
      })
      return stdout + stderr
    }
    let password = ''
    let id = 0
    const logIn = () =>
      ask(AUTH, [`User-Name=${NAME}`, `User-Password=${password}`, `Calling-Station-Id=${PHONE}`, 'Message-Authenticator=0x00'])
    const applied = () => until('the box to report the newest list', async () => (await boxes()).counts.applied === 1)

    await t.test('the box tells central which access points it knows, without their secret', async () => {
      await until('its report', async () => (await boxes()).boxes.length === 1)
      const [told] = (await boxes()).boxes
      assert.deepEqual([told!.node, told!.clients.map(({ name, legacy }) => [name, legacy])], [NODE, [['titik-akses', false]]])
      assert.ok(!JSON.stringify(told).includes(RADIUS.secret))
    })

    await t.test('who is made at central gets in with the password that was shown once', async () => {
      const user = { name: NAME, group: null, until: null, sessionSeconds: 1_800, recoverable: false }
      const { results } = await admin.post<AddedUsers>('/api/noc/radius/users', { users: [user] })
      const [made] = results
      assert.ok(made?.ok && made.password !== undefined)
      password = made.password
      id = made.id
      await applied()
      assert.match(await logIn(), /Received Access-Accept[^]*Session-Timeout = 1800/)
      const visit = ['Acct-Session-Id=uji-1', 'NAS-Identifier=ap-balai-kota', `Calling-Station-Id=${PHONE}`, `User-Name=${NAME}`]
      assert.match(await ask(ACCT, ['Acct-Status-Type=Start', ...visit]), /Received Accounting-Response/)
      await until('the session at the NOC', async () => {
        const { rows } = await admin.get<LiveSessions>(`/api/noc/radius/sessions?state=open&source=radius&node=${NODE}`)
        return rows.length === 1 && rows[0]!.nas === 'ap-balai-kota'
      })
    })

    await t.test('without central the box goes on letting them in, also after a restart', async () => {
      await city.central().end('SIGKILL')
      await box.end('SIGKILL')
      box = await startBox(lab, config)
      assert.match(await logIn(), /Received Access-Accept/)
      await city.startCentral()
    })

    await t.test('disabled at central they are refused, and the log of refusals says so without a name', async () => {
      await until('central', () =>
        boxes().then(
          () => true,
          () => false,
        ),
      )
      await put(id, { disabled: true })
      await applied()
      assert.match(await logIn(), /Received Access-Reject/)
      const refused = () => admin.get<Rejections>(`/api/noc/radius/rejections?node=${NODE}&reason=wrong-credentials`)
      await until('the refusal', async () => (await refused()).rows.length > 0, { withinMs: 20_000 })
      const text = JSON.stringify(await refused())
      const [row] = (await refused()).rows
      assert.deepEqual([row!.client, row!.name, row!.count], ['titik-akses', 'Balai Kota Madiun', 1])
      assert.match(row!.account!, /^[0-9a-f]{16}$/)
      assert.match(row!.device!, /^[0-9a-f]{16}$/)
      for (const secret of [NAME, password, PHONE, '027700000099']) assert.ok(!text.includes(`"${secret}"`), secret)
    })

    await t.test('enabled again they get in with the same password', async () => {
      await put(id, {})
      await applied()
      assert.match(await logIn(), /Received Access-Accept/)
    })
  },
)
