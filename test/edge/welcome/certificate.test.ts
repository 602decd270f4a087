import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { judgeCertificate } from '#edge/welcome/certificate.ts'
import { certificateMaker, type Issued } from './certificates.ts'

const NAME = 'n0123.wifi.example'
const DAY_MS = 86_400_000

test('what phones accept is accepted, all else is refused with what is wrong', (t) => {
  const issue = certificateMaker(t)
  const root = issue({ cn: 'Akar Uji', authority: true, days: 3_650 })
  const middle = issue({ cn: 'Antara Uji', authority: true, by: root, days: 1_825 })
  const box = issue({ cn: 'kotak', by: middle, names: [NAME] })
  const alone = issue({ cn: 'kotak', names: [NAME] })
  const direct = issue({ cn: 'kotak', by: root, names: [NAME] })
  const old = issue({ cn: 'Antara Lama', authority: true, by: root, days: 20 })
  const other = issue({ cn: 'Akar Lain', authority: true, days: 3_650 })
  const roots = [new X509Certificate(root.certificate)]
  const whole = box.certificate + middle.certificate
  const judge = (chain: string, key: string, change: { name?: string; at?: number; roots?: X509Certificate[] } = {}) =>
    judgeCertificate({ chain, key }, { name: NAME, at: Date.now(), roots, ...change })
  const reason = (...asked: Parameters<typeof judge>): string => {
    const verdict = judge(...asked)
    return verdict.ok ? 'accepted' : verdict.reason
  }
  const leaf = (wish: Partial<Parameters<typeof issue>[0]>): Issued => issue({ cn: 'kotak', by: root, names: [NAME], ...wish })
  const reasonOf = ({ certificate, key }: Issued, change = {}): string => reason(certificate, key, change)

  const good = judge(whole, box.key)
  assert.deepEqual(good, { ok: true, until: new X509Certificate(box.certificate).validToDate.getTime() })
  assert.equal(judge(whole + root.certificate, box.key).ok, true, 'the root may be there too')
  assert.equal(judge(whole + other.certificate, box.key).ok, true, 'what follows a complete chain does not matter')
  assert.equal(judge(direct.certificate, direct.key).ok, true)
  assert.equal(reasonOf(leaf({ names: ['madiun.example', '*.wifi.example'] })), 'accepted', 'a wildcard')
  assert.equal(reasonOf(leaf({ key: ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] })), 'accepted')
  assert.equal(reasonOf(leaf({ days: 825 })), 'accepted')
  assert.equal(reasonOf(alone, { roots: [new X509Certificate(alone.certificate)] }), 'accepted', 'by itself, where it is trusted itself')

  assert.match(reason(box.certificate, box.key), /"Antara Uji" is neither in the file nor known/)
  assert.match(reason(middle.certificate + box.certificate, box.key), /authority, not the box/)
  assert.match(reason(box.certificate + other.certificate + middle.certificate, box.key), /no authority/)
  assert.match(reason(whole, box.key, { roots: [new X509Certificate(other.certificate)] }), /"Akar Uji"/)
  assert.match(reasonOf(alone), /no authority/)
  assert.match(reason(whole, direct.key), /key belongs to another/)
  assert.match(reason(whole, box.key, { name: 'n0124.wifi.example' }), /not for n0124/)
  assert.match(reasonOf(leaf({ cn: NAME, names: [] })), /not for n0123/, 'phones have stopped reading the common name')
  assert.match(reasonOf(leaf({ names: ['n01*.wifi.example'] })), /not for n0123/)
  assert.match(reasonOf(leaf({ names: ['*.example'] })), /not for n0123/)
  assert.match(reasonOf(leaf({ usage: 'clientAuth' })), /not for servers/)
  assert.match(reasonOf(leaf({ key: ['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] })), /kind of key/)
  assert.match(reasonOf(leaf({ key: ['ED25519'] })), /kind of key/)
  assert.match(reasonOf(leaf({ days: 900 })), /valid for 900 days/)
  assert.match(reason(whole, box.key, { at: Date.now() - DAY_MS }), /not valid before/)
  assert.match(reason(whole, box.key, { at: Date.now() + 91 * DAY_MS }), /expired on/)
  const short = issue({ cn: 'kotak', by: old, names: [NAME] })
  assert.match(reason(short.certificate + old.certificate, short.key, { at: Date.now() + 21 * DAY_MS }), /expired on/)

  for (const rubbish of [
    '',
    'x',
    whole.slice(0, 300),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    '\0'.repeat(1_000),
  ])
    assert.match(reason(rubbish, box.key), /no readable certificate/)
  for (const rubbish of ['', 'x', box.certificate, box.key.slice(0, 60)]) assert.match(reason(whole, rubbish), /no readable key/)
  assert.match(reason(whole.repeat(5), box.key), /no readable certificate/)
})
