import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createAcks } from '#central/noc/ingest/acks.ts'
import { EPOCH, OTHER_EPOCH } from '#test/support/records.ts'

test('A box that does not take its ack in holds up nobody, and is owed one more, not a thousand', async () => {
  const stuck = Promise.withResolvers<void>()
  const sent: string[] = []
  const acks = createAcks(async (node, epoch) => {
    sent.push(`${node} ${epoch}`)
    if (node === 'n-1' && sent.length === 1) await stuck.promise
  })
  for (let i = 0; i < 1_000; i++) acks.owe('n-1', EPOCH)
  acks.owe('n-1', OTHER_EPOCH)
  acks.owe('n-2', EPOCH)
  assert.deepEqual(sent, [`n-1 ${EPOCH}`, `n-2 ${EPOCH}`])
  stuck.resolve()
  await acks.settle()
  assert.deepEqual(sent, [`n-1 ${EPOCH}`, `n-2 ${EPOCH}`, `n-1 ${EPOCH}`, `n-1 ${OTHER_EPOCH}`])
  acks.owe('n-1', EPOCH)
  await acks.settle()
  assert.equal(sent.length, 5)
})
