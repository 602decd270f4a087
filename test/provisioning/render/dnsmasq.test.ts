import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderCaptiveDns, renderOpenDns } from '#provisioning/render/dnsmasq.ts'

const lan = { lan: 'br-lan', gatewayV4: '10.77.0.1', gatewayV6: 'fd77::1', portalName: 'n1.wifi.example', folder: '/run/dns' }
const open = {
  ...lan,
  port: 53,
  upstream: ['198.51.100.10', '2001:db8:51::10'],
  leaseFile: '/var/lib/leases',
  dhcp: { from: '10.77.0.100', to: '10.77.0.250', netmask: '255.255.255.0' },
}

test('the captive configuration has nobody to ask but what the garden file names, and keeps no answers', () => {
  const text = renderCaptiveDns({ ...lan, port: 5354 })
  assert.match(text, /^no-resolv$/m)
  assert.doesNotMatch(text, /^server=/m)
  assert.match(text, /^conf-dir=\/run\/dns,\*\.conf$/m)
  assert.match(text, /^cache-size=0$/m)
  assert.match(text, /^stop-dns-rebind$/m)
  assert.match(text, /^host-record=n1\.wifi\.example,10\.77\.0\.1,fd77::1$/m)
})

test('the open configuration asks the upstream servers and refuses private answers', () => {
  const text = renderOpenDns(open)
  assert.deepEqual(text.match(/^server=.*$/gm), ['server=198.51.100.10', 'server=2001:db8:51::10'])
  assert.match(text, /^stop-dns-rebind$/m)
  assert.match(text, /^dhcp-range=10\.77\.0\.100,10\.77\.0\.250,255\.255\.255\.0,30m$/m)
})

test('where phones find the portal API is left to the file that comes and goes with the certificate', () => {
  assert.doesNotMatch(renderOpenDns(open), /114/)
  assert.match(renderOpenDns(open), /^conf-dir=\/run\/dns,\*\.conf$/m)
})

test('IPv6 is announced only where it is asked for', () => {
  assert.doesNotMatch(renderOpenDns(open), /enable-ra/)
  assert.match(renderOpenDns({ ...open, announceV6: true }), /^enable-ra$/m)
})

test('neither names nor addresses of devices are written to the log, and names are not passed on to neighbours', () => {
  for (const line of ['quiet-dhcp', 'quiet-dhcp6', 'quiet-ra', 'dhcp-ignore-names'])
    assert.ok(renderOpenDns(open).split('\n').includes(line), line)
})

test('a fact cannot smuggle in a line of its own', () => {
  assert.throws(() => renderCaptiveDns({ ...lan, port: 53, portalName: 'x\nserver=203.0.113.1' }), /not fit/)
  assert.throws(() => renderOpenDns({ ...open, upstream: ['198.51.100.10\nlog-queries'] }), /not fit/)
})
