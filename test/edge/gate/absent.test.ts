import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noFirewallGate } from '#edge/gate/absent.ts'

const A = { mac: '02:00:00:00:00:0a', clientId: 1, seconds: 60 }
const B = { mac: '02:00:00:00:00:0b', clientId: 2, seconds: 60 }

test('without a firewall the gate says so, counts nothing and keeps its books all the same', async () => {
  const gate = noFirewallGate()
  assert.equal(gate.state(), 'no-firewall')
  await gate.admit(A)
  assert.deepEqual(await gate.reconcile([A, B]), { added: 1, removed: 0 })
  await gate.evict(A.mac)
  assert.deepEqual(await gate.reconcile([A]), { added: 1, removed: 1 })
  assert.deepEqual(await gate.counters(), [])
  assert.equal(await gate.whoHas('192.0.2.77'), undefined)
  await gate.close()
})
