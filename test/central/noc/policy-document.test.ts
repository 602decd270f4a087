/** The city's access policy without a database: who gets which part, what may be published, what differs. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { PolicyDocument, PolicyDraft } from '#central/noc/policy/api.ts'
import { changesBetween, countsBetween, onTop } from '#central/noc/policy/changes.ts'
import { FRESH_POLICY } from '#central/noc/policy/defaults.ts'
import { checkDraft, domainOf, macOf, policyFor } from '#central/noc/policy/document.ts'
import { makeVouchers } from '#central/noc/policy/vouchers.ts'
import { overlap, stretches } from '#central/noc/policy/week.ts'
import { decodePolicy, type Schedule } from '#edge/wire/policy.ts'

/** Tuesday 22 September 2026, 09.00 WIB. */
const NOW = Date.UTC(2026, 8, 22, 2, 0, 0)
const LATER = NOW + 86_400_000
const KLEGEN = '35.77.01.1003'
const TAMAN = '35.77.03.1009'
const HOTSPOTS = [
  { node: 'n-1', kelurahan: KLEGEN },
  { node: 'n-2', kelurahan: KLEGEN },
  { node: 'n-3', kelurahan: TAMAN },
]
const city = { city: true as const }
const at = (...nodes: string[]) => ({ nodes })
const within = (...kelurahan: string[]) => ({ kelurahan })

const FACTS = { current: FRESH_POLICY, hotspots: HOTSPOTS, kelurahan: new Set([KLEGEN, TAMAN]), now: NOW }
const draft = (change: Partial<PolicyDraft> = {}): PolicyDraft => {
  const { vouchers: _, ...fresh } = structuredClone(FRESH_POLICY)
  return { ...fresh, ...change }
}
const schedule = (change: Partial<PolicyDraft['schedules'][number]> = {}): PolicyDraft['schedules'][number] => ({
  id: 'Jam malam',
  groups: ['publik'],
  days: [1, 2, 3, 4, 5],
  from: '22:00',
  to: '04:00',
  endsOn: '2026-12-31',
  effect: { close: true },
  where: city,
  ...change,
})
const checked = (change: Partial<PolicyDraft>, facts = FACTS): PolicyDocument => {
  const result = checkDraft(draft(change), facts)
  assert.ok(result.ok, JSON.stringify(result))
  return result.document
}
const codes = (change: Partial<PolicyDraft>, facts = FACTS): string[] => {
  const result = checkDraft(draft(change), facts)
  return result.ok ? [] : result.problems.map(({ code, name, other }) => [code, name, other].filter(Boolean).join(' '))
}

test('What a fresh city begins with may be published, and every box would take it', () => {
  const document = checked({})
  for (const place of HOTSPOTS) assert.ok(decodePolicy(policyFor(document, place)).ok)
  assert.equal(document.groups.find(({ name }) => name === document.publicGroup)?.watchSeconds, 30)
})

test('A box gets what holds in the city, in its kelurahan and at itself, and not where it holds', () => {
  const until = LATER
  const document = checked({
    bypass: [
      { mac: 'aa:00:00:00:00:01', group: 'perangkat', until, where: city },
      { mac: 'aa:00:00:00:00:02', group: 'perangkat', until, where: within(TAMAN) },
      { mac: 'aa:00:00:00:00:03', group: 'perangkat', until, where: at('n-2', 'n-3') },
    ],
    block: [{ device: '0123456789abcdef', until, where: at('n-1') }],
    schedules: [schedule({ where: within(KLEGEN) })],
  })
  const macs = (i: number) => policyFor(document, HOTSPOTS[i]!).bypass.map(({ mac }) => mac.slice(-1))
  assert.deepEqual([macs(0), macs(1), macs(2)], [['1'], ['1', '3'], ['1', '2', '3']])
  assert.deepEqual(
    HOTSPOTS.map((place) => policyFor(document, place).block.length),
    [1, 0, 0],
  )
  assert.deepEqual(
    HOTSPOTS.map((place) => policyFor(document, place).schedules.length),
    [1, 1, 0],
  )
  assert.ok(!JSON.stringify(policyFor(document, HOTSPOTS[2]!)).includes('where'))
})

test('An address is understood in every common spelling, and an address of many is refused', () => {
  for (const typed of ['AA-BB-CC-00-11-22', 'aabb.cc00.1122', ' aa:bb:cc:00:11:22 ', 'AABBCC001122', 'aa bb cc 00 11 22'])
    assert.equal(macOf(typed), 'aa:bb:cc:00:11:22', typed)
  for (const typed of ['', 'aa:bb:cc:00:11', 'aa:bb:cc:00:11:2g', 'aa:bb:cc:00:11:22:33', '10.0.0.1'])
    assert.equal(macOf(typed), undefined, typed)
  const entry = { group: 'perangkat', until: LATER, where: city }
  assert.equal(checked({ bypass: [{ mac: 'AABB.CC00.1122', ...entry }] }).bypass[0]!.mac, 'aa:bb:cc:00:11:22')
  assert.deepEqual(codes({ bypass: [{ mac: '01:00:5e:00:00:01', ...entry }] }), ['group-mac 01:00:5e:00:00:01'])
  assert.deepEqual(codes({ members: [{ mac: 'nokia', ...entry }] }), ['bad-mac nokia'])
})

test('A domain is taken out of what was copied around it', () => {
  assert.equal(domainOf('https://www.Madiunkota.go.id/berita?x=1'), 'www.madiunkota.go.id')
  assert.equal(domainOf('*.bank.co.id'), 'bank.co.id')
  assert.equal(domainOf('bank.co.id:8443'), 'bank.co.id')
  for (const typed of ['', 'localhost', '10.0.0.1', 'a b.id', 'go.id..']) assert.equal(domainOf(typed), undefined, typed)
  assert.deepEqual(checked({ garden: ['HTTPS://a.example.id/x', 'a.example.id'] }).garden, ['a.example.id'])
  assert.deepEqual(codes({ garden: ['satu'] }), ['bad-domain satu'])
})

test('A schedule that cannot be meant is refused by name', () => {
  assert.deepEqual(codes({ schedules: [schedule({ from: '08:00', to: '08:00' })] }), ['no-time Jam malam'])
  assert.deepEqual(codes({ schedules: [schedule({ startsOn: '2027-02-01', endsOn: '2027-01-01' })] }), ['backwards Jam malam'])
  assert.deepEqual(codes({ schedules: [schedule({ endsOn: '2026-09-21' })] }), ['ended Jam malam'])
  assert.deepEqual(codes({ schedules: [schedule({ endsOn: '2026-09-22' })] }), [], 'today still counts')
  assert.deepEqual(codes({ schedules: [schedule({ effect: { use: 'publik' } })] }), ['uses-itself Jam malam publik'])
  assert.deepEqual(codes({ schedules: [schedule({ groups: ['tamu'] })] }), ['unknown-group Jam malam tamu'])
  assert.deepEqual(codes({ schedules: [schedule({ where: within('99') })] }), ['unknown-place Jam malam 99'])
})

test('Two schedules overlap when time, days, dates, group and place all do', () => {
  const other = (change: Partial<PolicyDraft['schedules'][number]>) =>
    codes({ schedules: [schedule(), schedule({ id: 'Sahur', days: [2], from: '03:00', to: '05:00', ...change })] })
  assert.deepEqual(other({}), ['overlap Sahur Jam malam'], 'Monday’s night reaches into Tuesday')
  assert.deepEqual(other({ days: [7], from: '01:00', to: '02:00' }), [], 'nobody’s night reaches into Sunday')
  assert.deepEqual(other({ days: [6] }), ['overlap Sahur Jam malam'], 'Friday’s night reaches into Saturday')
  assert.deepEqual(other({ from: '04:00' }), [], 'an end is not part of it')
  assert.deepEqual(other({ groups: ['voucher'] }), [])
  assert.deepEqual(other({ startsOn: '2027-01-01', endsOn: '2027-02-01' }), [])
  assert.deepEqual(
    codes({ schedules: [schedule({ where: within(KLEGEN) }), schedule({ id: 'b', where: within(TAMAN) })] }),
    [],
    'elsewhere is elsewhere',
  )
  assert.deepEqual(codes({ schedules: [schedule({ where: within(KLEGEN) }), schedule({ id: 'b', where: at('n-2') })] }), [
    'overlap b Jam malam',
  ])
  assert.deepEqual(codes({ schedules: [schedule({ where: within(KLEGEN) }), schedule({ id: 'b', where: at('n-3') })] }), [])
  assert.deepEqual(codes({ schedules: [schedule(), schedule()] }), ['two-schedules Jam malam'])
})

test('A night is one stretch of the week, and Sunday’s comes back on Monday', () => {
  assert.deepEqual(stretches({ days: [1], from: '22:00', to: '04:00' }), [{ from: 1_320, to: 1_680 }])
  assert.deepEqual(stretches({ days: [7], from: '23:00', to: '01:00' }), [
    { from: 0, to: 60 },
    { from: 10_020, to: 10_080 },
  ])
  const sunday = schedule({ days: [7], from: '23:00', to: '01:00' }) as Schedule
  const monday = schedule({ days: [1], from: '00:30', to: '02:00' }) as Schedule
  assert.ok(overlap(sunday, monday))
})

test('Groups that do not hang together are refused', () => {
  const [publik, ...rest] = FRESH_POLICY.groups
  assert.deepEqual(codes({ groups: rest }), ['no-public-group publik'])
  assert.deepEqual(codes({ groups: [publik!, publik!, ...rest] }), ['two-groups publik'])
  const fair = { afterOctets: 2_000_000_000, rate: { upKbps: 500, downKbps: 500 } }
  assert.deepEqual(codes({ groups: [{ ...publik!, dailyOctets: 1_000_000_000, fairUse: fair }, ...rest] }), ['fair-late publik'])
  const slow = { upKbps: 100, downKbps: 100 }
  assert.deepEqual(codes({ groups: [{ ...publik!, rate: slow, fairUse: fair }, ...rest] }), ['fair-faster publik'])
  assert.deepEqual(codes({ groups: [{ ...publik!, rate: slow, fairUse: { ...fair, rate: { upKbps: 50, downKbps: 0 } } }, ...rest] }), [
    'fair-faster publik',
  ])
  const entry = { mac: 'aa:00:00:00:00:01', group: 'tamu', until: LATER, where: city }
  assert.deepEqual(codes({ members: [entry] }), ['unknown-group aa:00:00:00:00:01 tamu'])
})

test('One device is on a list once at a place, and may be on it again elsewhere', () => {
  const entry = { mac: 'aa:00:00:00:00:01', group: 'pegawai', until: LATER }
  assert.deepEqual(
    codes({
      members: [
        { ...entry, where: at('n-1') },
        { ...entry, group: 'voucher', where: within(KLEGEN) },
      ],
    }),
    ['twice aa:00:00:00:00:01'],
  )
  assert.deepEqual(
    codes({
      members: [
        { ...entry, where: at('n-1') },
        { ...entry, group: 'voucher', where: at('n-2') },
      ],
    }),
    [],
  )
})

test('What ended by itself falls away when something else is published; a new entry may not begin ended', () => {
  const past = { mac: 'aa:00:00:00:00:01', group: 'pegawai', until: NOW - 1, where: city }
  const ended = schedule({ endsOn: '2026-09-01' })
  assert.deepEqual(codes({ members: [past], schedules: [ended] }).sort(), ['ended Jam malam', 'ended aa:00:00:00:00:01'])
  const [voucher] = makeVouchers({ name: 'x', count: 1, group: 'voucher', until: NOW - 1, devices: 1, where: city }).vouchers
  const current = { ...FRESH_POLICY, members: [past], schedules: [ended], vouchers: [voucher!] }
  const document = checked({ members: [past], schedules: [ended] }, { ...FACTS, current })
  assert.deepEqual([document.members, document.schedules, document.vouchers], [[], [], []])
})

test('What a box would refuse is refused before it is sent', () => {
  const many = Array.from({ length: 2_100 }, (_, i) => ({
    mac: `aa:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    until: LATER,
  }))
  assert.match(codes({ block: many.map((entry) => ({ ...entry, where: city })) })[0]!, /^not-taken n-\d/)
  const spread = many.map((entry, i) => ({ ...entry, where: at(HOTSPOTS[i % 3]!.node) }))
  assert.deepEqual(codes({ block: spread }), [], 'no box has more than it can hold')
  const noted = many.slice(0, 1_900).map((entry, i) => ({ ...entry, where: city, note: randomText(i) }))
  assert.match(codes({ block: noted })[0]!, /^too-large/)
})

/** What no compressor makes shorter. */
const randomText = (seed: number) => createHash('shake256', { outputLength: 150 }).update(String(seed)).digest('base64')

test('What differs is told entry by entry, and counted without naming anything', () => {
  const entry = { mac: 'aa:00:00:00:00:01', group: 'pegawai', until: LATER, where: within(KLEGEN, TAMAN) }
  const before = draft({ members: [entry], garden: ['a.id'] })
  const groups = structuredClone(FRESH_POLICY.groups)
  groups[0]!.sessionSeconds = 7_200
  const after = draft({ members: [{ ...entry, where: within(TAMAN, KLEGEN) }], groups, garden: ['b.id'] })
  assert.deepEqual(changesBetween(before, after), [
    { part: 'groups', what: 'changed', key: 'publik' },
    { part: 'garden', what: 'added', key: 'b.id' },
    { part: 'garden', what: 'removed', key: 'a.id' },
  ])
  const { vouchers } = makeVouchers({ name: 'x', count: 3, group: 'voucher', until: LATER, devices: 1, where: city })
  const counts = countsBetween(FRESH_POLICY, { ...FRESH_POLICY, ...after, members: [entry] as PolicyDocument['members'], vouchers })
  assert.deepEqual(counts, { groups: { changed: 1 }, members: { added: 1 }, garden: { added: 1 }, vouchers: { added: 3 } })
  assert.ok(!JSON.stringify(counts).includes('aa:'))
})

test('My changes go on top of what somebody else published meanwhile', () => {
  const base = draft({ garden: ['a.id', 'b.id'], schedules: [schedule()] })
  const mine = draft({ garden: ['a.id', 'c.id'], schedules: [schedule({ to: '05:00' })] })
  const theirs = draft({
    garden: ['a.id', 'b.id', 'd.id'],
    schedules: [schedule({ to: '03:00' }), schedule({ id: 'Siang', from: '12:00', to: '13:00' })],
  })
  const merged = onTop(base, mine, theirs)
  assert.deepEqual(merged.garden, ['a.id', 'd.id', 'c.id'])
  assert.deepEqual(
    merged.schedules.map(({ id, to }) => `${id} ${to}`),
    ['Jam malam 05:00', 'Siang 13:00'],
  )
  assert.deepEqual(onTop(base, base, theirs), theirs)
})

test('Vouchers are codes that people can read, each its own, of which only hashes stay', () => {
  const made = makeVouchers({ name: 'Rapat Koordinasi é 25 Nov!', count: 200, group: 'voucher', until: LATER, devices: 2, where: city })
  assert.equal(new Set(made.codes).size, 200)
  for (const code of made.codes) assert.match(code, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/)
  assert.match(made.batch, /^Rapat-Koordinasi-e-25-No-[A-Z2-9]{4}$/)
  const stored = JSON.stringify(made.vouchers)
  for (const code of made.codes) assert.ok(!stored.includes(code) && !stored.includes(code.replace('-', '')))
  assert.ok(checkDraft(draft(), { ...FACTS, current: { ...FRESH_POLICY, vouchers: made.vouchers } }).ok)
})
