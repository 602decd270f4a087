/** The internet behind the box goes away: the portal stays what it is, tells the truth, and no phone is told that it is online. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '#scripts/network-lab/waiting.ts'
import { recordsIn } from '#test/support/box-books.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, startBox, writeBoxConfig } from '#test/support/product.ts'
import { complain, getOnline, getPage, postForm, welcomeToken } from '#test/support/visitor.ts'

/** The design's promise: an alarm within a minute. */
const TOLD_WITHIN_MS = 60_000
const DOWN = /Internet di titik ini sedang terputus/
const PROBES = [
  { host: 'captive.apple.com', path: '/hotspot-detect.html', online: /Success/ },
  { host: 'connectivitycheck.gstatic.com', path: '/generate_204', online: /^HTTP\/1\.1 204/ },
  { host: 'www.msftconnecttest.com', path: '/connecttest.txt', online: /Microsoft Connect Test/ },
] as const

test(
  'with the uplink down the portal works on and says so, tells no phone it is online, and lets nobody out into nothing',
  { timeout: 150_000 },
  async (t) => {
    const lab = await labFor(t, { phones: 2 })
    if (!lab) return
    await gateIn(t, lab)
    const here = enrolledNowhere(t)
    const config = await writeBoxConfig(lab, here, NO_BROKER, { watchSeconds: 1, everySeconds: 5 })
    const box = await startBox(lab, config)
    t.after(() => box.end('SIGKILL'))
    const web = { kind: 'http', address: lab.addresses.internet.v4, port: 8080 } as const
    await getOnline(lab, 'phone1')
    const token = await welcomeToken(lab, 'phone2')
    const link = async (state: 'up' | 'down'): Promise<void> => {
      const { code, stderr } = await lab.exec('internet', ['ip', 'link', 'set', 'eth0', state])
      assert.equal(code, 0, stderr)
    }
    const probed = (phone: 'phone1' | 'phone2', { host, path }: (typeof PROBES)[number]): Promise<string> =>
      getPage(lab, phone, path, '--include', '--header', `Host: ${host}`)

    for (const probe of PROBES) assert.match(await probed('phone1', probe), probe.online, `${probe.host}, while all is well`)

    await link('down')
    await until('the page to say so', async () => DOWN.test(await getPage(lab, 'phone2', '/')), { withinMs: TOLD_WITHIN_MS, everyMs: 500 })
    for (const phone of ['phone1', 'phone2'] as const)
      for (const probe of PROBES) {
        const answer = await probed(phone, probe)
        assert.match(answer, /^HTTP\/1\.1 302 /, `${probe.host} asked by ${phone}`)
        assert.doesNotMatch(answer, probe.online)
      }
    assert.doesNotMatch(await postForm(lab, 'phone2', '/lanjut', { token }), /location: \/terhubung/i)
    await link('up')
    assert.equal(await reaches(lab, 'phone2', web), false, 'the gate was not opened meanwhile')
    await link('down')
    const code = await complain(lab, 'phone2', { text: 'Internet di pasar terputus sejak pagi' })
    assert.match(await getPage(lab, 'phone2', `/tiket/${code}`), /Tersimpan di kotak ini/)

    await link('up')
    await until('the page to be as before', async () => !DOWN.test(await getPage(lab, 'phone2', '/')), {
      withinMs: TOLD_WITHIN_MS,
      everyMs: 500,
    })
    assert.equal(await reaches(lab, 'phone1', web), true, 'who was online is online')
    for (const probe of PROBES) assert.match(await probed('phone1', probe), probe.online, `${probe.host}, when all is well again`)
    await getOnline(lab, 'phone2')
    assert.equal(await reaches(lab, 'phone2', web), true)

    await box.end()
    const stateDir = join(here.dir, 'edge')
    assert.deepEqual(
      recordsIn(stateDir, 'notice')
        .map(({ kind }) => kind)
        .filter((kind) => kind.startsWith('uplink-'))
        .slice(0, 2),
      ['uplink-down', 'uplink-up'],
    )
    assert.deepEqual(
      recordsIn(stateDir, 'complaint').map((complaint) => complaint.code),
      [code],
    )
  },
)
