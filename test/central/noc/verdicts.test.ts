import assert from 'node:assert/strict'
import type { NodeVerdict } from '#central/noc/ingest/store-port.ts'
import { onBothStores } from '#test/support/telemetry-stores.ts'

const onBoth = onBothStores()
const verdictOf = (i: number, state: NodeVerdict['state']): NodeVerdict => ({
  node: `box-${String(i).padStart(3, '0')}`,
  state,
  reason: state === 'offline' ? 'silent' : null,
  stateSince: 1_790_000_000_000 + i,
})

onBoth('the states of many boxes at once are kept, and each later word replaces the one before', async (store) => {
  const read = async () => (await store.verdicts()).toSorted((a, b) => (a.node < b.node ? -1 : 1))
  const online = Array.from({ length: 130 }, (_, i) => verdictOf(i, 'online'))
  await store.saveVerdicts(online)
  assert.deepEqual(await read(), online)

  const changed = Array.from({ length: 51 }, (_, i) => verdictOf(i * 2, 'offline'))
  await store.saveVerdicts(changed)
  assert.deepEqual(
    await read(),
    online.map((verdict) => changed.find(({ node }) => node === verdict.node) ?? verdict),
  )
  await store.saveVerdicts([])
  assert.equal((await read()).length, 130)
})
