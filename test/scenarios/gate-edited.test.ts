import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectGate } from '#edge/gate/client.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { reaches } from '#test/support/phones.ts'

/** Rules are watched; what the sets hold is looked at every ten seconds. */
const ELEMENTS_WITHIN_MS = 15_000

test('whatever somebody changes by hand is undone and told, and the walled garden keeps what it knew', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { daemon } = await gateIn(t, lab)
  const { internet, phones } = lab.addresses
  const [one, two] = phones.map(({ mac }) => mac) as [string, string]
  const notices: string[] = []
  const gate = connectGate({ socket: daemon.socket, onNotice: (notice) => notices.push(notice) })
  t.after(() => gate.close())
  await until('the gate to enforce', () => gate.state() === 'enforcing')
  await gate.admit({ mac: one, clientId: 1, seconds: 600, addresses: [phones[0]!.v4] })
  await gate.block([{ mac: '02:77:00:00:00:99', seconds: 600 }])
  await nft(lab, 'add element inet gate garden4 { 203.0.113.5 timeout 1h }')
  const whole = await tables(lab)
  const web = { kind: 'http', address: internet.v4, port: 8080 } as const

  for (const edit of [
    'flush chain inet gate up_path',
    'flush chain inet gate shut; delete rule inet gate passage handle LAST',
    'add rule inet gate stamp meta mark set 0x10001',
    'delete table bridge gate',
    'flush chain bridge gate between',
    'add chain inet gate extra { type filter hook forward priority -10; policy accept; }',
    'delete table inet gate',
    'flush ruleset',
  ]) {
    const told = notices.length
    await nft(lab, edit.includes('LAST') ? edit.replace('LAST', await lastHandle(lab)) : edit)
    await until(`${edit} to be undone`, async () => (await tables(lab)) === whole)
    await until(`word of ${edit}`, () => notices.length > told)
    assert.ok(await reaches(lab, 'phone1', web), edit)
    assert.equal(await reaches(lab, 'phone2', web), false, edit)
    if (!/flush ruleset|delete table inet/.test(edit)) assert.match(await elements(lab, 'garden4'), /203\.0\.113\.5/, edit)
    else await nft(lab, 'add element inet gate garden4 { 203.0.113.5 timeout 1h }')
  }
  assert.deepEqual([...new Set(notices)], ['table-rewritten'])

  for (const [edits, undone] of [
    [[`delete element inet gate client { ${one} }`], async () => reaches(lab, 'phone1', web)],
    [
      [`add element inet gate client { ${two} : 0x10009 }`, 'add element inet gate live { 0x10009 }'],
      async () => !(await reaches(lab, 'phone2', web)),
    ],
    [
      [`delete element inet gate binding { ${one} }`, 'flush set inet gate blocked'],
      async () => (await elements(lab, 'binding')).includes(one) && (await elements(lab, 'blocked')).includes('02:77:00:00:00:99'),
    ],
  ] as const) {
    const told = notices.length
    for (const edit of edits) await nft(lab, edit)
    await until(`${edits.join('; ')} to be undone`, undone, { withinMs: ELEMENTS_WITHIN_MS })
    await until(`word of ${edits.join('; ')}`, () => notices.length > told)
  }

  await t.test('what the gate writes itself is not told as an edit', async () => {
    const told = notices.length
    await gate.admit({ mac: two, clientId: 2, seconds: 600 })
    await gate.evict(two)
    await gate.reconcile([{ mac: one, clientId: 1, seconds: 600 }])
    assert.equal(notices.length, told)
  })

  await t.test('a new daemon keeps the garden too', async () => {
    await daemon.stop('SIGKILL')
    await lab.startGate()
    assert.match(await elements(lab, 'garden4'), /203\.0\.113\.5 timeout 5\dm/)
  })
})

async function nft(lab: Lab, statements: string): Promise<void> {
  const { code, stderr } = await lab.exec('edge', ['nft', '-f', '-'], {
    input: `${statements.replaceAll('; ', '\n').replace(/\{(.*)\n(.*)\n\}/s, '{$1;$2;}')}\n`,
  })
  assert.equal(code, 0, `${statements}: ${stderr}`)
}

const tables = async (lab: Lab): Promise<string> => (await lab.exec('edge', ['nft', '-s', '-t', 'list', 'ruleset'])).stdout

const elements = async (lab: Lab, set: string): Promise<string> =>
  (await lab.exec('edge', ['nft', 'list', 'set', 'inet', 'gate', set])).stdout

async function lastHandle(lab: Lab): Promise<string> {
  const { stdout } = await lab.exec('edge', ['nft', '-a', 'list', 'chain', 'inet', 'gate', 'passage'])
  return [...stdout.matchAll(/refuse # handle (\d+)/g)].at(-1)?.[1] ?? ''
}
