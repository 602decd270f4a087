import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCaptiveApiLine, renderCaptiveApi } from '#edge/agent/captive-api-file.ts'

test('the API is named to DHCPv4 whether asked or not, and to DHCPv6', () => {
  const url = 'https://n0123.wifi.example/captive-api'
  const text = renderCaptiveApi(url)
  assert.match(text, /^dhcp-option-force=114,https:\/\/n0123\.wifi\.example\/captive-api$/m)
  assert.match(text, /^dhcp-option=option6:103,https:\/\/n0123\.wifi\.example\/captive-api$/m)
})

test('only https under a name will do, and nothing else gets into the file', () => {
  const bad = [
    'http://n1.wifi.example/captive-api',
    'https://10.77.0.1/captive-api',
    'https://n1.wifi.example/a,b',
    'https://n1.wifi.example/?x="y"',
    'https://n1.wifi.example/a\ndhcp-script=/bin/sh',
    `https://n1.wifi.example/${'a'.repeat(250)}`,
  ]
  for (const url of bad) assert.throws(() => renderCaptiveApi(url), /not the URL/, url)
})

test('what was rendered is let through to dnsmasq, and no other line is', () => {
  assert.ok(renderCaptiveApi('https://n1.wifi.example/captive-api').split('\n').every(isCaptiveApiLine))
  const bad = [
    'dhcp-script=/tmp/x',
    'dhcp-option-force=114,http://n1.wifi.example/',
    'dhcp-option=6,192.0.2.1',
    'dhcp-option=option6:103,x',
  ]
  for (const line of bad) assert.equal(isCaptiveApiLine(line), false, line)
})
