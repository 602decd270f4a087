import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allElements, changedElements } from '#edge/gate/elements.ts'
import {
  admittedCount,
  blockExactly,
  COUNTERS_KEPT_MS,
  emptyHoldings,
  hold,
  holdExactly,
  release,
  setLimit,
  sweep,
  takeChanges,
  type Holdings,
} from '#edge/gate/holdings.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'

function holding(admissions: { mac: string; clientId: number; seconds: number }[], now = 0): Holdings {
  const holdings = emptyHoldings()
  for (const admission of admissions) assert.equal(hold(holdings, admission, now).ok, true)
  takeChanges(holdings)
  allElements(holdings, now).settle()
  return holdings
}

/** As the gate does: what is written now, and taken as written. */
function committed(holdings: Holdings, now: number): string {
  const { text, settle } = changedElements(holdings, takeChanges(holdings), now)
  settle()
  return text
}

test('a first admission adds the device, its mark and its counters, with its own time', () => {
  const holdings = emptyHoldings()
  hold(holdings, { mac: A, clientId: 5, seconds: 60 }, 1_000)
  assert.equal(
    committed(holdings, 1_500),
    `add element inet gate client { ${A} timeout 59500ms : 0x10005 }
add element inet gate live { 0x10005 timeout 59500ms }
add element inet gate up { 0x10005 }
add element inet gate down { 0x10005 }
`,
  )
})

test('admitting again replaces the time and leaves the counters alone', () => {
  const holdings = holding([{ mac: A, clientId: 5, seconds: 60 }])
  hold(holdings, { mac: A, clientId: 5, seconds: 100 }, 30_000)
  const text = committed(holdings, 30_000)
  assert.match(
    text,
    new RegExp(
      `add element inet gate client \\{ ${A} timeout 1h : 0x10005 \\}[^]*delete element inet gate client \\{ ${A} \\}[^]*add element inet gate client \\{ ${A} timeout 100000ms : 0x10005 \\}`,
    ),
  )
  assert.doesNotMatch(text, / (up|down) /)
})

test('eviction takes the device and its mark, and keeps its counters for the last poll', () => {
  const holdings = holding([{ mac: A, clientId: 5, seconds: 60 }])
  assert.equal(release(holdings, A, 10_000), 5)
  const text = committed(holdings, 10_000)
  assert.match(text, /delete element inet gate client/)
  assert.match(text, /delete element inet gate live/)
  assert.doesNotMatch(text, /(up|down) \{/)
  assert.equal(admittedCount(holdings, 10_000), 0)
  assert.deepEqual(sweep(holdings, 10_000 + COUNTERS_KEPT_MS), 1)
  assert.match(committed(holdings, 200_000), /delete element inet gate up \{ 0x10005 \}/)
})

test('a client id that belongs to an admitted device is refused to another, and free once its time is over', () => {
  const holdings = holding([{ mac: A, clientId: 5, seconds: 60 }])
  assert.deepEqual(hold(holdings, { mac: B, clientId: 5, seconds: 60 }, 59_999), {
    ok: false,
    reason: 'client id 5 belongs to another admitted device',
  })
  assert.deepEqual(hold(holdings, { mac: B, clientId: 5, seconds: 60 }, 60_001), { ok: true })
  const text = committed(holdings, 60_001)
  assert.match(text, /delete element inet gate up \{ 0x10005 \}[^]*add element inet gate up \{ 0x10005 \}/, 'the new owner starts at zero')
})

test('a device that comes back under another id does not keep the old one open', () => {
  const holdings = holding([{ mac: A, clientId: 5, seconds: 60 }])
  hold(holdings, { mac: A, clientId: 6, seconds: 60 }, 1_000)
  committed(holdings, 1_000)
  assert.deepEqual([...holdings.kernel.live], [6])
  assert.equal(admittedCount(holdings, 1_000), 1)
})

test('a reconcile says what it added and removed', () => {
  const holdings = holding([
    { mac: A, clientId: 1, seconds: 60 },
    { mac: B, clientId: 2, seconds: 60 },
  ])
  const wanted = [
    { mac: B, clientId: 2, seconds: 30 },
    { mac: '02:00:00:00:00:0c', clientId: 1, seconds: 30 },
  ]
  assert.deepEqual(holdExactly(holdings, wanted, 1_000), { added: 1, removed: 1 })
  assert.deepEqual([...holdings.byMac.keys()].sort(), [B, '02:00:00:00:00:0c'])
  assert.deepEqual(holdExactly(holdings, wanted, 1_000), { added: 0, removed: 0 })
})

test('two devices may swap their ids in one reconcile', () => {
  const holdings = holding([
    { mac: A, clientId: 1, seconds: 60 },
    { mac: B, clientId: 2, seconds: 60 },
  ])
  const swapped = [
    { mac: A, clientId: 2, seconds: 60 },
    { mac: B, clientId: 1, seconds: 60 },
  ]
  holdExactly(holdings, swapped, 1_000)
  assert.deepEqual(
    [...holdings.byMac],
    [
      [A, 2],
      [B, 1],
    ],
  )
})

test('writing everything anew carries what is left of each time, the limits and the octets so far', () => {
  const holdings = holding([
    { mac: A, clientId: 5, seconds: 60 },
    { mac: B, clientId: 6, seconds: 10 },
  ])
  setLimit(holdings, 5, { upKbps: 1, downKbps: 1 }, 0)
  const { text } = allElements(holdings, 20_000, { octets: new Map([[5, { upOctets: 7, downOctets: 9 }]]) })
  assert.match(text, new RegExp(`client \\{ ${A} timeout 40000ms : 0x10005 \\}`))
  assert.doesNotMatch(text, new RegExp(B), 'whose time is over stays out')
  assert.match(text, /up \{ 0x10005 counter packets 0 bytes 7, 0x10006 \}/)
  assert.match(text, /class \{ 0x10005 : 1:5 \}/)
})

test('bound addresses come and go with the device, in the same transaction', () => {
  const holdings = emptyHoldings()
  hold(holdings, { mac: A, clientId: 5, seconds: 60, addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.1'] }, 0)
  assert.match(
    committed(holdings, 0),
    new RegExp(
      `binding \\{ ${A} timeout 60000ms \\}\nadd element inet gate bound4 \\{ ${A} \\. 10\\.0\\.0\\.1 timeout 60000ms : 0x10005, ${A} \\. 10\\.0\\.0\\.2 timeout`,
    ),
  )
  hold(holdings, { mac: A, clientId: 5, seconds: 60, addresses: ['10.0.0.3'] }, 1_000)
  const changed = committed(holdings, 1_000)
  assert.match(changed, new RegExp(`delete element inet gate bound4 \\{ ${A} \\. 10\\.0\\.0\\.1, ${A} \\. 10\\.0\\.0\\.2 \\}`))
  assert.match(changed, new RegExp(`add element inet gate bound4 \\{ ${A} \\. 10\\.0\\.0\\.3 timeout 60000ms : 0x10005 \\}`))
  assert.match(allElements(holdings, 1_000).text, /bound4 \{ 02:00:00:00:00:0a \. 10\.0\.0\.3 /)
  hold(holdings, { mac: A, clientId: 5, seconds: 60 }, 2_000)
  assert.doesNotMatch(committed(holdings, 2_000), /add element inet gate (binding|bound4) \{ [^}]* timeout [0-9]+ms/)
  assert.doesNotMatch(committed(holdings, 3_000), /binding/, 'and is forgotten then')
})

test('who holds an address in ARP changes with the binding; an address that is kept is not lost sight of', () => {
  const holdings = emptyHoldings()
  const arp = (): string => {
    const { arp: text, settle } = changedElements(holdings, takeChanges(holdings), 0)
    settle()
    return text
  }
  hold(holdings, { mac: A, clientId: 5, seconds: 60, addresses: ['10.0.0.1', '10.0.0.2'] }, 0)
  hold(holdings, { mac: B, clientId: 6, seconds: 60, addresses: ['10.0.0.1'] }, 0)
  assert.equal(
    arp(),
    `add element arp gate holder { ${A} . 10.0.0.1 timeout 60000ms, ${A} . 10.0.0.2 timeout 60000ms, ${B} . 10.0.0.1 timeout 60000ms }
add element arp gate present { 10.0.0.1, 10.0.0.2 }
`,
  )
  hold(holdings, { mac: A, clientId: 5, seconds: 60, addresses: ['10.0.0.2'] }, 0)
  const moved = arp()
  assert.match(moved, new RegExp(`delete element arp gate holder \\{ ${A} \\. 10\\.0\\.0\\.1, ${A} \\. 10\\.0\\.0\\.2 \\}`))
  assert.match(moved, /delete element arp gate present \{ 10\.0\.0\.1 \}/)
  hold(holdings, { mac: A, clientId: 5, seconds: 60, addresses: ['10.0.0.1'] }, 0)
  arp()
  release(holdings, A, 0)
  release(holdings, B, 0)
  assert.match(arp(), /delete element arp gate present \{ 10\.0\.0\.1 \}\n$/, 'once, though both had it')
})

test('a change that arrives while another is written is written after it', () => {
  const holdings = emptyHoldings()
  hold(holdings, { mac: A, clientId: 1, seconds: 60 }, 0)
  const first = changedElements(holdings, takeChanges(holdings), 0)
  // The kernel has not answered yet.
  hold(holdings, { mac: B, clientId: 2, seconds: 60 }, 1)
  release(holdings, A, 2)
  first.settle()
  const second = changedElements(holdings, takeChanges(holdings), 3)
  assert.match(second.text, new RegExp(`delete element inet gate client \\{ ${A} \\}`))
  assert.match(second.text, new RegExp(`add element inet gate client \\{ ${B} `))
  second.settle()
  assert.deepEqual([...holdings.kernel.macs], [[B, 2]])
})

test('a block list replaces the one before, and outlives a rewrite with what is left of its times', () => {
  const holdings = holding([{ mac: A, clientId: 5, seconds: 60 }])
  assert.deepEqual(
    blockExactly(
      holdings,
      [
        { mac: A, seconds: 100 },
        { mac: B, seconds: 10_000_000 },
      ],
      0,
    ),
    [5],
  )
  assert.equal(
    committed(holdings, 500),
    `flush set inet gate blocked\nadd element inet gate blocked { ${A} timeout 100s, ${B} timeout 10000000s }\n`,
  )
  assert.match(allElements(holdings, 40_000).text, new RegExp(`blocked \\{ ${A} timeout 60s, ${B} timeout 9999960s \\}`))
  blockExactly(holdings, [], 41_000)
  assert.equal(committed(holdings, 41_000), 'flush set inet gate blocked\n')
  assert.equal(committed(holdings, 41_000), '')
})

test('a rate given with the admission is the limit, none keeps it, another owner starts without', () => {
  const holdings = emptyHoldings()
  const rate = { upKbps: 1_000, downKbps: 0 }
  hold(holdings, { mac: A, clientId: 5, seconds: 60, rate }, 0)
  hold(holdings, { mac: A, clientId: 5, seconds: 60 }, 1)
  assert.deepEqual(holdings.byId.get(5)?.limit, rate)
  hold(holdings, { mac: A, clientId: 5, seconds: 60, rate: { upKbps: 0, downKbps: 0 } }, 2)
  assert.equal(holdings.byId.get(5)?.limit, undefined)
  hold(holdings, { mac: A, clientId: 5, seconds: 60, rate }, 3)
  hold(holdings, { mac: B, clientId: 5, seconds: 60 }, 70_000)
  assert.equal(holdings.byId.get(5)?.limit, undefined)
})

test('the walled garden is written again with what is left of its times', () => {
  const garden = [{ set: 'garden4' as const, address: '203.0.113.5', seconds: 77 }]
  assert.equal(allElements(emptyHoldings(), 0, { garden }).text, 'add element inet gate garden4 { 203.0.113.5 timeout 77s }\n')
})
