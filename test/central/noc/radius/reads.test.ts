/** Sessions and refusals of the whole city as the RADIUS pages ask for them, on both telemetry stores. */
import assert from 'node:assert/strict'
import { sessionsOf } from '#central/noc/radius/rows.ts'
import { ROWS_PER_PAGE } from '#central/noc/radius/api.ts'
import { rejectionDetail } from '#edge/wire/radius-rejection.ts'
import { NOW, openIngest } from '#test/support/ingest-bench.ts'
import { batch, record, session } from '#test/support/records.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const testStores = onBothStores()
const MINUTE = 60_000
const all = { since: 0, before: NOW + 1, limit: 100 }

testStores('Sessions of access points and of the portal stand in one list, narrowed by place, source and state', async (store) => {
  const bench = await openIngest(store)
  await bench.send(
    batch('n-1', 'e', [
      record(1, 'session', session({ id: 'p-1', startedAt: NOW - 9 * MINUTE }), NOW - 3 * MINUTE),
      record(2, 'session', session({ id: 'r-1', source: 'radius', nas: 'ap-balai', startedAt: NOW - 8 * MINUTE }), NOW - 2 * MINUTE),
    ]),
    batch('n-2', 'e', [
      record(
        1,
        'session',
        session({ id: 'r-2', source: 'radius', event: 'stop', cause: 'idle', startedAt: NOW - 7 * MINUTE }),
        NOW - MINUTE,
      ),
    ]),
  )
  const ids = async (filter: object) => (await store.sessionsEverywhere({ ...all, ...filter })).map(({ id }) => id)
  assert.deepEqual(await ids({}), ['r-2', 'r-1', 'p-1'])
  assert.deepEqual(await ids({ source: 'radius' }), ['r-2', 'r-1'])
  assert.deepEqual(await ids({ open: true }), ['r-1', 'p-1'])
  assert.deepEqual(await ids({ open: false, node: 'n-2' }), ['r-2'])
  assert.deepEqual(await ids({ node: 'n-1', source: 'radius', open: true }), ['r-1'])
  assert.deepEqual(await ids({ before: NOW - MINUTE }), ['r-1', 'p-1'])
  const [newest, next] = await store.sessionsEverywhere(all)
  assert.deepEqual([newest!.node, newest!.open, newest!.cause, newest!.heardAt], ['n-2', false, 'idle', NOW - MINUTE])
  assert.deepEqual([next!.nas, next!.open], ['ap-balai', true])

  const many = Array.from({ length: ROWS_PER_PAGE + 1 }, (_, i) => ({ ...newest!, id: `r-${i}`, heardAt: NOW - i }))
  const page = sessionsOf(many, (node) => `Hotspot ${node}`, NOW)
  assert.deepEqual([page.rows.length, page.rows[0]!.name, page.next], [ROWS_PER_PAGE, 'Hotspot n-2', NOW - ROWS_PER_PAGE + 2])
  assert.equal(sessionsOf(many.slice(1), String, NOW).next, null)
})

testStores('Refusals of every hotspot are found by reason and place, and do not fill a hotspot’s own list of notices', async (store) => {
  const bench = await openIngest(store)
  const refused = (seq: number, reason: string, minutes: number) =>
    record(
      seq,
      'notice',
      { kind: 'radius-rejected', detail: rejectionDetail({ reason, account: '00000000000000a1', client: 'ap balai' }), count: 2 },
      NOW - minutes * MINUTE,
    )
  await bench.send(
    batch('n-1', 'e', [
      refused(1, 'wrong-credentials', 3),
      refused(2, 'expired', 2),
      record(3, 'notice', { kind: 'start', count: 1 }, NOW),
    ]),
    batch('n-2', 'e', [refused(1, 'wrong-credentials', 1)]),
  )
  const found = async (filter: object) => (await store.rejections({ ...all, ...filter })).map(({ node, detail }) => `${node} ${detail}`)
  const wrong = 'wrong-credentials 00000000000000a1 ap balai'
  assert.deepEqual(await found({}), [`n-2 ${wrong}`, 'n-1 expired 00000000000000a1 ap balai', `n-1 ${wrong}`])
  assert.deepEqual(await found({ reason: 'wrong-credentials', node: 'n-1' }), [`n-1 ${wrong}`])
  assert.deepEqual(await found({ reason: 'wrong' }), [])
  assert.deepEqual(await found({ since: NOW - 2 * MINUTE, limit: 1 }), [`n-2 ${wrong}`])
  assert.deepEqual(
    (await store.notices('n-1', 10)).map(({ kind }) => kind),
    ['start'],
  )
})
