import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overviewText, type Overview } from '#scripts/network-lab/overview.ts'

const overview: Overview = {
  box: ['10.77.0.1'],
  internet: ['198.51.100.10'],
  parts: [
    { name: 'gate', alive: true },
    { name: 'captive DNS', alive: false },
  ],
  phones: [
    {
      number: 1,
      mac: '02:77:00:00:00:11',
      addresses: ['10.77.0.11'],
      state: { word: 'admitted', secondsLeft: 42 },
      octets: { up: 999, down: 2_500_000 },
    },
    { number: 2, mac: '02:77:00:00:00:12', addresses: [], state: { word: 'shut' }, octets: undefined },
  ],
  garden: { domains: ['garden.test'], addresses: 2 },
}

test('the overview says who passes for how long, what passed, and what is not running', () => {
  const text = overviewText(overview)
  assert.match(text, /^phone 1 +admitted, 42 s left +up 999 B +down 2\.5 MB +02:77:00:00:00:11 +10\.77\.0\.11$/m)
  assert.match(text, /^phone 2 +shut +02:77:00:00:00:12 +no address$/m)
  assert.match(text, /gate: yes .*captive DNS: NO/)
  assert.match(text, /^garden +garden\.test \(2 addresses known\)$/m)
  assert.match(overviewText({ ...overview, garden: { domains: [], addresses: 0 } }), /^garden +closed$/m)
})
