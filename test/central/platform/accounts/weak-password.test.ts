import { test } from 'node:test'
import assert from 'node:assert/strict'
import { weakness } from '#central/platform/accounts/weak-password.ts'

const known = { username: 'siti.aminah', name: 'Siti Aminah', offices: ['Dishub', 'DPUPR', 'Satpol PP'] }

for (const [password, why] of [
  ['password', 'common'],
  ['P4ssw0rd!2026', 'common'],
  ['bismillah99', 'common'],
  ['20261122', 'common'],
  ['madiun2026', 'local'],
  ['KotaMadiun!', 'local'],
  ['Dishub#123', 'local'],
  ['satpolpp-88', 'local'],
  ['kominfo123', 'local'],
  ['aminah1985', 'own-name'],
  ['siti.aminah', 'own-name'],
  ['qwertyuiop', 'pattern'],
  ['12345678', 'pattern'],
  ['87654321', 'pattern'],
  ['aaaaaaaaaa', 'pattern'],
  ['abcdabcdabcd', 'pattern'],
] as const) {
  test(`"${password}" is refused as ${why}`, () => assert.equal(weakness(password, known), why))
}

for (const password of [
  'tujuh-gunung-berlayar',
  'k7#Vq2!mZx',
  'pecel enak sekali di alun-alun',
  'sungai bengawan madiun mengalir tenang',
  'ßtraße-Ω-éclair',
]) {
  test(`"${password}" is accepted: a phrase of its own, no rule about its kinds of letters`, () =>
    assert.equal(weakness(password, known), null))
}
