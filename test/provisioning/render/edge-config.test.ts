import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readEdgeConfig } from '#edge/config.ts'
import { renderEdgeConfig, type HotspotFacts } from '#provisioning/render/edge-config.ts'

const least: HotspotFacts = {
  node: 'balai-kota',
  name: 'Balai Kota Madiun',
  area: 'Kelurahan Kartoharjo',
  stateDir: '/var/lib/edge',
  portalDir: '/opt/portal',
  portal: { host: '::', port: 8080, origin: 'http://10.77.0.1' },
  radius: { host: '0.0.0.0', authPort: 1812, acctPort: 1813, clients: [], users: [] },
  mqtt: { url: 'mqtts://central.example', token: 't'.repeat(43), centralKey: 'PEM' },
}

const most: HotspotFacts = {
  ...least,
  tls: { host: '::', port: 8443, name: 'n1.wifi.example', certificateFile: '/etc/edge/chain.pem', keyFile: '/etc/edge/key.pem' },
  gate: { socket: '/run/gate.sock', lan: 'br-lan', wan: 'wan0' },
  dnsmasq: {
    leaseFile: '/var/lib/dnsmasq/leases',
    folder: '/var/lib/edge/dns',
    upstream: ['1.1.1.1'],
    address: '10.77.0.1',
    port: 53,
    probeName: 'madiunkota.go.id',
  },
  roamingKey: 'k'.repeat(43),
  uplinkProbe: '1.1.1.1:443',
}

test('what is rendered is what a box can read, with the least facts and with all of them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const facts of [least, most]) {
    const file = join(folder, 'edge.json')
    writeFileSync(file, JSON.stringify(renderEdgeConfig(facts)))
    const { welcome, dnsmasq, roamingKey, gate } = readEdgeConfig(file)
    assert.deepEqual(welcome.tls, facts.tls)
    assert.deepEqual(dnsmasq, facts.dnsmasq)
    assert.equal(roamingKey, facts.roamingKey)
    assert.equal(gate.mode, facts.gate ? 'nftables' : 'none')
  }
})
