import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEdgeConfig } from '#edge/config.ts'
import { renderEdgeConfig } from '#provisioning/render/edge-config.ts'

const tls = { ca: '/etc/box/authority.pem', certificate: '/etc/box/box.pem', key: '/etc/box/box.key' }
const token = 't'.repeat(43)

/** What the box says of a file with this uplink. */
function saidOf(mqtt: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'edge-config-'))
  const file = join(folder, 'edge.json')
  const config = renderEdgeConfig({
    node: 'n-1',
    name: 'Balai',
    area: 'Klegen',
    stateDir: folder,
    portalDir: folder,
    portal: { host: '127.0.0.1', port: 0, origin: 'http://10.0.0.1' },
    radius: { host: '127.0.0.1', authPort: 0, acctPort: 0, clients: [], users: [] },
    mqtt: { url: 'mqtts://kota.example:8883', centralKey: 'PEM', token },
  })
  try {
    writeFileSync(file, JSON.stringify({ ...config, mqtt: { centralKey: 'PEM', ...mqtt } }))
    readEdgeConfig(file)
    return 'fine'
  } catch (error) {
    return (error as Error).message
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('A box comes in by certificate over TLS or by token, and by one of them', () => {
  assert.equal(saidOf({ url: 'mqtts://kota.example:8883', tls }), 'fine')
  assert.equal(saidOf({ url: 'mqtt://127.0.0.1:1883', token }), 'fine')
  assert.equal(saidOf({ url: 'mqtts://kota.example', token }), 'fine')
  assert.match(saidOf({ url: 'mqtt://kota.example:1883', tls }), /wrong at "\/mqtt": it needs an mqtts:\/\/ url/)
  assert.match(saidOf({ url: 'mqtts://kota.example', tls, token }), /wrong at "\/mqtt": it needs either token or tls/)
  assert.match(saidOf({ url: 'mqtts://kota.example' }), /wrong at "\/mqtt": it needs either token or tls/)
  assert.match(saidOf({ url: 'mqtts://kota.example', tls: { ca: tls.ca, certificate: tls.certificate } }), /wrong at "\/mqtt\/tls/)
  assert.match(saidOf({ url: 'mqtts://kota.example', tls: { ...tls, key: '' } }), /wrong at "\/mqtt\/tls\/key/)
})
