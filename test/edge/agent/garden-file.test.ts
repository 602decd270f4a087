import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGardenLine, renderGarden } from '#edge/agent/garden-file.ts'

const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('each domain is asked of every upstream and its addresses go into both sets of the gate', () => {
  assert.deepEqual(lines(renderGarden({ domains: ['madiunkota.go.id'], upstream: ['1.1.1.1', '2606:4700::1111#53'] })), [
    'server=/madiunkota.go.id/1.1.1.1',
    'server=/madiunkota.go.id/2606:4700::1111#53',
    'nftset=/madiunkota.go.id/4#inet#gate#garden4,6#inet#gate#garden6',
  ])
})

test('the same domains give the same file, whatever their order, so that nothing is restarted for nothing', () => {
  const upstream = ['1.1.1.1']
  assert.equal(
    renderGarden({ domains: ['b.example', 'a.example', 'b.example'], upstream }),
    renderGarden({ domains: ['a.example', 'b.example'], upstream }),
  )
})

test('with nobody to ask a name stays captive instead of not existing', () => {
  assert.deepEqual(lines(renderGarden({ domains: ['a.example'], upstream: [] })), [])
})

test('what is not a domain or a name server never reaches the file', () => {
  const bad = [
    '',
    '#',
    'a',
    'A.example',
    '*.example',
    'a.example/1.2.3.4',
    'a.example\nconf-script=/bin/sh',
    'a..example',
    '192.0.2.1',
    '-a.example',
  ]
  for (const domain of bad) assert.throws(() => renderGarden({ domains: [domain], upstream: ['1.1.1.1'] }), /not a domain/, domain)
  for (const server of ['', 'dns.example', '1.1.1.1@eth0', '1.1.1.1#x', '1.1.1.1#53#53', 'fe80::1%eth0', '1.1.1.1\nlog-queries'])
    assert.throws(() => renderGarden({ domains: ['a.example'], upstream: [server] }), /not a name server/, server)
})

test('what was rendered is let through to dnsmasq, and no other line is', () => {
  const text = renderGarden({ domains: ['a.example', 'b.example'], upstream: ['1.1.1.1', '2606:4700::1111#53'] })
  assert.ok(text.split('\n').every(isGardenLine))
  const bad = [
    'conf-script=/tmp/x',
    'dhcp-script=/tmp/x',
    'server=1.1.1.1',
    'server=/#/1.1.1.1',
    'server=/a.example/1.1.1.1@eth0',
    'server=/a.example/b.example/1.1.1.1',
    'nftset=/a.example/4#inet#gate#client',
    'nftset=/#/4#inet#gate#garden4,6#inet#gate#garden6',
    ' # server=/a.example/1.1.1.1',
  ]
  for (const line of bad) assert.equal(isGardenLine(line), false, line)
})
