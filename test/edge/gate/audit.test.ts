import assert from 'node:assert/strict'
import { test } from 'node:test'
import { elementsDiffer, hasPending } from '#edge/gate/audit.ts'
import { allElements } from '#edge/gate/elements.ts'
import { blockExactly, emptyHoldings, hold, takeChanges, type Holdings } from '#edge/gate/holdings.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'
const C = '02:00:00:00:00:0c'

/** A with a bound address, B without, C shut out. */
function written(): Holdings {
  const holdings = emptyHoldings()
  hold(holdings, { mac: A, clientId: 1, seconds: 60, addresses: ['10.0.0.1'] }, 0)
  hold(holdings, { mac: B, clientId: 2, seconds: 30 }, 0)
  blockExactly(holdings, [{ mac: C, seconds: 60 }], 0)
  assert.equal(hasPending(holdings), true)
  takeChanges(holdings)
  allElements(holdings, 0).settle()
  assert.equal(hasPending(holdings), false)
  return holdings
}

type Sets = Record<'client' | 'live' | 'binding' | 'bound4' | 'blocked' | 'holder', unknown[]>

const ends = (val: unknown): unknown => ({ elem: { val, timeout: 60, expires: 50 } })
const whole = (): Sets => ({
  client: [
    [ends(A), 0x10001],
    [ends(B), 0x10002],
  ],
  live: [ends(0x10001), ends(0x10002)],
  binding: [ends(A)],
  bound4: [[ends({ concat: [A, '10.0.0.1'] }), 0x10001]],
  blocked: [ends(C)],
  holder: [ends({ concat: [A, '10.0.0.1'] })],
})

const MAPS = ['client', 'bound4']

/** As nft prints it: one document per set. */
const listing = (sets: Sets): string =>
  Object.entries(sets)
    .map(([name, elem]) => JSON.stringify({ nftables: [{ metainfo: {} }, { [MAPS.includes(name) ? 'map' : 'set']: { name, elem } }] }))
    .join('\n')

test('what was written and is there is no edit', () => {
  assert.equal(elementsDiffer(written(), listing(whole()), 1_000, true), false)
})

test('an element taken out, put in or altered is one, with an end or without', () => {
  for (const edit of [
    { client: [[ends(A), 0x10001]] },
    { client: [...whole().client, [ends(C), 0x10003]] },
    { client: [...whole().client, [C, 0x10003]] },
    {
      client: [
        [ends(A), 0x10002],
        [ends(B), 0x10001],
      ],
    },
    { live: [ends(0x10001)] },
    { live: [...whole().live, 0x10009] },
    { binding: [] },
    { binding: [ends(A), ends(B)] },
    { bound4: [[ends({ concat: [A, '10.0.0.2'] }), 0x10001]] },
    { bound4: [[ends({ concat: [A, '10.0.0.1'] }), 0x10002]] },
    { bound4: [...whole().bound4, [{ concat: [A, '10.0.0.2'] }, 0x10001]] },
    { blocked: [] },
    { blocked: [ends(C), ends(A)] },
    { holder: [] },
    { holder: [...whole().holder, { concat: [B, '10.0.0.1'] }] },
  ])
    assert.equal(elementsDiffer(written(), listing({ ...whole(), ...edit }), 1_000, true), true, JSON.stringify(edit))
})

test('where the kernel cannot filter ARP nobody misses what it would hold', () => {
  assert.equal(elementsDiffer(written(), listing({ ...whole(), holder: [] }), 1_000, false), false)
})

test('what ends at this moment may be there or not', () => {
  const withoutB = { ...whole(), client: [[ends(A), 0x10001]], live: [ends(0x10001)] }
  assert.equal(elementsDiffer(written(), listing(withoutB), 29_000, true), false)
  assert.equal(elementsDiffer(written(), listing(whole()), 31_000, true), false)
})
