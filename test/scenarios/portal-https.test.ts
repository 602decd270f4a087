/** A certificate comes, is renewed, goes wrong and goes away at a real box: what a phone with nothing but a cable sees of it. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { EdgeConfig } from '#edge/config.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { certificateMaker, type Issued } from '#test/edge/welcome/certificates.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, reaches } from '#test/support/phones.ts'
import { enrolledNowhere, NO_BROKER, startBox, writeBoxConfig } from '#test/support/product.ts'
import { hidden } from '#test/support/visitor.ts'

/** The lab's resolver leads it to the box before and after the login. */
const NAME = 'portal.test'
const API = `https://${NAME}/api/captive`
const TLS_PORT = 8443
const WATCH_SECONDS = 2
/** The box looks at the files every two seconds and waits for them to hold still; dnsmasq then starts anew. */
const NOTICED = { withinMs: 25_000, everyMs: 300 }

async function secureBox(t: TestContext) {
  const lab = await labFor(t, { phones: 2, addressing: 'dhcp' })
  if (!lab) return undefined
  const issue = certificateMaker(t)
  const root = issue({ cn: 'Akar Uji', authority: true, days: 3_650 })
  const folder = join(lab.folder, 'certificate')
  mkdirSync(folder)
  const [rootFile, certificateFile, keyFile] = ['root.pem', 'chain.pem', 'key.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(rootFile, root.certificate, { mode: 0o644 })
  // The box's machine trusts the authority as phones trust the public ones: Node reads this when the box starts.
  process.env['NODE_EXTRA_CA_CERTS'] = rootFile
  t.after(() => delete process.env['NODE_EXTRA_CA_CERTS'])
  await gateIn(t, lab, { portalTlsPort: TLS_PORT }, { announceV6: true })
  const configFile = await writeBoxConfig(lab, enrolledNowhere(t), NO_BROKER, { watchSeconds: WATCH_SECONDS, withDnsmasq: true })
  const config = JSON.parse(readFileSync(configFile, 'utf8')) as EdgeConfig
  const tls = { host: '::', port: TLS_PORT, name: NAME, certificateFile, keyFile }
  writeFileSync(configFile, JSON.stringify({ ...config, welcome: { ...config.welcome, tls } }))
  const start = () => startBox(lab, configFile)
  return {
    lab,
    configFile,
    start,
    rootFile,
    certificateFile,
    forBox: (change: { names?: string[]; days?: number } = {}) => issue({ cn: 'kotak', by: root, names: [NAME], ...change }),
    install({ certificate, key }: Issued): void {
      for (const [file, text] of [
        [certificateFile, certificate],
        [keyFile, key],
      ] as const) {
        writeFileSync(`${file}.new`, text)
        chmodSync(`${file}.new`, 0o644)
        renameSync(`${file}.new`, file)
      }
    },
    remove(): void {
      for (const file of [certificateFile, keyFile]) rmSync(file)
    },
  }
}

/** Where a phone is sent that asks for anything else. */
async function sentTo(lab: Lab): Promise<string | undefined> {
  const answer = await curl(lab, 'phone1', '--include', '--header', 'Host: www.example.com', `http://${lab.addresses.edge.lan4}/`)
  return /^location: *(\S+)/im.exec(answer)?.[1]
}

test(
  'the portal goes over to HTTPS by itself while a certificate holds, and phones are told where its API is',
  { timeout: 180_000 },
  async (t) => {
    const place = await secureBox(t)
    if (!place) return
    const { lab, start, rootFile, forBox, install, remove } = place
    let box = await start()
    t.after(() => box.end('SIGKILL'))
    const gateway = lab.addresses.edge.lan4
    const plain = `http://${gateway}/`
    const client = await lab.plugIn(1)
    /** As a phone does it: the name looked up, the certificate verified against the authority it knows. */
    const secure = (path: string, ...more: string[]) => curl(lab, 'phone1', '--cacert', rootFile, ...more, `https://${NAME}${path}`)
    const api = async () => JSON.parse(await secure('/api/captive')) as Record<string, unknown>

    await t.test('without a certificate everything is plain, HTTPS is refused at once, and DHCP says nothing of an API', async () => {
      assert.equal(await sentTo(lab), plain)
      assert.match(await secure('/'), /^curl 7:/)
      assert.equal((await client.renew()).captiveApi, undefined)
      assert.match(await curl(lab, 'phone1', '--include', `${plain}api/captive`), /^HTTP\/1\.1 404 /)
    })

    await t.test('a certificate that comes serves without a restart: redirects, pages and DHCP follow', async () => {
      install(forBox())
      await until('the redirect to HTTPS', async () => (await sentTo(lab)) === `https://${NAME}/`, NOTICED)
      assert.match(await secure('/'), /madiuntoday/)
      await until('the API in a lease', async () => (await client.renew()).captiveApi === API, NOTICED)
      assert.deepEqual(await api(), { captive: true, 'user-portal-url': `https://${NAME}/`, 'venue-info-url': `https://${NAME}/status` })
      const bySix = ['--ipv6', '--resolve', `${NAME}:443:[${lab.addresses.edge.lan6}]`]
      await until('the page by IPv6', async () => (await secure('/', ...bySix)).includes('madiuntoday'), NOTICED)
      assert.match(await secure('/', '--tls-max', '1.1'), /^curl \d+:/)
      assert.doesNotMatch(await secure('/', '--include'), /strict-transport/i)
    })

    await t.test('the whole way online goes over it, and the API then tells what is left', async () => {
      const token = hidden(await secure('/'), 'token')
      await until(
        'the gate to open',
        async () => /^location: \/terhubung/im.test(await secure('/lanjut', '--include', '--data-urlencode', `token=${token}`)),
        { withinMs: 15_000, everyMs: 300 },
      )
      assert.equal(await reaches(lab, 'phone1', { kind: 'http', address: lab.addresses.internet.v4, port: 8080 }), true)
      const state = await api()
      assert.deepEqual([state['captive'], state['can-extend-session']], [false, false])
      const left = Number(state['seconds-remaining'])
      assert.ok(left > 3_000 && left <= 3_600, String(left))
    })

    await t.test('a certificate for another name is refused and the good one goes on; so it does when the files are gone', async () => {
      install(forBox({ names: ['lain.test'] }))
      await until('the refusal', () => /refused: it is not for portal\.test; the last good one stays/.test(box.log()), NOTICED)
      assert.match(await secure('/status'), /madiuntoday/)
      remove()
      await until('the loss to be seen', () => /missing, unreadable/.test(box.log()), NOTICED)
      assert.match(await secure('/status'), /madiuntoday/)
      assert.equal(await sentTo(lab), `https://${NAME}/`)
    })

    await t.test(
      'a box killed without its files comes up plain, and takes the API out of DHCP; with them again it is HTTPS at once',
      async () => {
        await box.end('SIGKILL')
        box = await start()
        assert.equal(await sentTo(lab), plain)
        assert.match(await secure('/'), /^curl 7:/)
        await until('a lease without the API', async () => (await client.renew()).captiveApi === undefined, NOTICED)
        await box.end('SIGKILL')
        install(forBox())
        box = await start()
        assert.equal(await sentTo(lab), `https://${NAME}/`)
        assert.equal((await api())['captive'], false, 'and the visitor is still online')
      },
    )

    await t.test('plain words on the TLS port and TLS on the plain one end cleanly', async () => {
      assert.match(await curl(lab, 'phone1', `http://${gateway}:443/`), /^curl (52|56|1):/)
      assert.match(await curl(lab, 'phone1', '--insecure', `https://${gateway}:80/`), /^curl (35|56):/)
      assert.match(await secure('/status'), /madiuntoday/)
      assert.equal(box.child.exitCode, null, box.log())
    })
  },
)
