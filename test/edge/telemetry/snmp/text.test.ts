import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanText } from '#edge/telemetry/snmp/text.ts'

const clean = (text: string, max = 120) => cleanText(Buffer.from(text), max)

test('a name in any script comes through, spaces and line ends as one space', () => {
  assert.equal(clean('  AP  lapangan\r\nVersi 7 '), 'AP lapangan Versi 7')
  assert.equal(clean('Titik ꦩꦣꦶꦪꦸꦤ꧀ №5'), 'Titik ꦩꦣꦶꦪꦸꦤ꧀ №5')
})

test('no spelling of a MAC address leaves the box', () => {
  for (const mac of ['02:77:00:AB:cd:11', '02-77-00-ab-cd-11', '0277.00ab.cd11', '027700abcd11', '02 77 00 ab cd 11', '0277-00ab-cd11'])
    assert.equal(clean(`U6-Lite_${mac} lantai 2`), 'U6-Lite_… lantai 2', mac)
})

test('a version or serial number that is no MAC address stays', () => {
  assert.equal(clean('RouterOS 7.16.2 on hAP ac, 0123456789'), 'RouterOS 7.16.2 on hAP ac, 0123456789')
})

test('controls and marks that turn letters around are taken out, and what is nothing then is undefined', () => {
  assert.equal(clean('a\u0000b\u001B[31mc\u202Ed\u2066'), 'a b [31mc d')
  assert.equal(clean('\u0000\u0001 \u200B'), undefined)
  assert.equal(cleanText(new Uint8Array(), 10), undefined)
})

test('octets that are no text become marks, and a cut does not halve a letter', () => {
  assert.equal(cleanText(Uint8Array.of(0x61, 0xff, 0xfe, 0x62), 10), 'a\uFFFD\uFFFDb')
  assert.equal(clean('aaa😀', 4), 'aaa')
  assert.ok((clean('x'.repeat(100_000)) ?? '').length === 120)
})
