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
  devices: [
    { name: 'AP lapangan', address: '10.77.0.20', snmp: { version: '2c', community: 'rahasia' } },
    {
      name: 'Sakelar',
      address: 'fd77::20',
      port: 1161,
      everySeconds: 300,
      kind: 'switch',
      snmp: {
        version: '3',
        user: 'petugas',
        auth: { protocol: 'sha', key: 'kunci-masuk' },
        priv: { protocol: 'aes', key: 'kunci-tutup' },
      },
    },
  ],
}

test('what is rendered is what a box can read, with the least facts and with all of them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const facts of [least, most]) {
    const file = join(folder, 'edge.json')
    writeFileSync(file, JSON.stringify(renderEdgeConfig(facts)))
    const { welcome, dnsmasq, roamingKey, gate, devices } = readEdgeConfig(file)
    assert.deepEqual(devices, facts.devices)
    assert.deepEqual(welcome.tls, facts.tls)
    assert.deepEqual(dnsmasq, facts.dnsmasq)
    assert.equal(roamingKey, facts.roamingKey)
    assert.equal(gate.mode, facts.gate ? 'nftables' : 'none')
  }
})

test('a device that cannot be asked safely is refused, and its secrets are not in the refusal', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'edge-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'edge.json')
  const [v2c, v3] = most.devices!
  const plain = { ...v3!.snmp, priv: undefined }
  const short = { ...v3!.snmp, auth: { protocol: 'sha', key: 'pendek' } }
  const md5 = { ...v3!.snmp, auth: { protocol: 'md5', key: 'kunci-masuk' } }
  for (const device of [
    { ...v2c, address: 'ap.example' },
    { ...v2c, address: '10.77.0.256' },
    { ...v2c, name: '' },
    { ...v2c, everySeconds: 0 },
    { ...v2c, snmp: { version: '1', community: 'rahasia' } },
    { ...v3, snmp: plain },
    { ...v3, snmp: short },
    { ...v3, snmp: md5 },
  ]) {
    writeFileSync(file, JSON.stringify({ ...renderEdgeConfig(least), devices: [device] }))
    assert.throws(
      () => readEdgeConfig(file),
      ({ message }: Error) => /wrong at "\/devices\/0/.test(message) && !/rahasia|kunci|pendek/.test(message),
      JSON.stringify(device),
    )
  }
})
