import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOWN_LEAVES, fleetFilter, mayPublish, maySubscribe, nodeTopic, parseTopic, SHARDS, shardOf, UP_LEAVES } from '#edge/wire/topics.ts'

const wrongShard = (node: string) => ((Number.parseInt(shardOf(node), 16) + 1) % SHARDS).toString(16)

test('a box may publish its own upward topics and subscribe its own downward ones', () => {
  for (const leaf of UP_LEAVES) {
    assert.ok(mayPublish('klegen-01', nodeTopic('klegen-01', leaf)), leaf)
    assert.ok(!maySubscribe('klegen-01', nodeTopic('klegen-01', leaf)), leaf)
  }
  for (const leaf of DOWN_LEAVES) {
    assert.ok(maySubscribe('klegen-01', nodeTopic('klegen-01', leaf)), leaf)
    assert.ok(!mayPublish('klegen-01', nodeTopic('klegen-01', leaf)), leaf)
  }
})

test('another box’s topics are closed in both directions', () => {
  for (const leaf of UP_LEAVES) assert.ok(!mayPublish('klegen-01', nodeTopic('klegen-02', leaf)), leaf)
  for (const leaf of DOWN_LEAVES) assert.ok(!maySubscribe('klegen-01', nodeTopic('klegen-02', leaf)), leaf)
})

const shard = shardOf('klegen-01')
const STRANGE = [
  '#',
  '+',
  '',
  '/',
  '$SYS/#',
  '$SYS/broker/uptime',
  '$share/g/bc/v1/+/+/t',
  'bc/#',
  'bc/v1/#',
  'bc/v1/+/+/ack',
  `bc/v1/${shard}/klegen-01/#`,
  `bc/v1/${shard}/klegen-01/+`,
  `bc/v1/+/klegen-01/ack`,
  `bc/v1/${shard}/+/ack`,
  `bc/v1/${shard}/klegen-01`,
  `bc/v1/${shard}/klegen-01/`,
  `bc/v1/${shard}/klegen-01/ack/more`,
  `bc/v1/${shard}/klegen-01/ACK`,
  `bc/v1/${shard}/KLEGEN-01/ack`,
  `bc/v1/${shard}/klegen-01 /ack`,
  `bc/v1/${shard}/klegen-01\u0000/ack`,
  `bc/v1/${shard}//ack`,
  `/bc/v1/${shard}/klegen-01/ack`,
  `bc/v2/${shard}/klegen-01/ack`,
  `bc/v1/${wrongShard('klegen-01')}/klegen-01/ack`,
  `bc/v1/${wrongShard('klegen-01')}/klegen-01/t`,
  `bc/v1/${shard.toUpperCase()}x/klegen-01/t`,
  `bc/v1/${shard}/../klegen-01/t`,
  fleetFilter('t'),
  fleetFilter('hello', shard),
]

for (const topic of STRANGE) {
  test(`neither publishing nor subscribing "${topic.replace('\u0000', '\\0')}"`, () => {
    assert.equal(parseTopic(topic), undefined)
    assert.ok(!mayPublish('klegen-01', topic))
    assert.ok(!maySubscribe('klegen-01', topic))
  })
}

test('shards spread a city over all workers and never change for a node', () => {
  const nodes = Array.from({ length: 1_000 }, (_, i) => `node-${i}`)
  const counts = Map.groupBy(nodes, shardOf)
  assert.equal(counts.size, SHARDS)
  for (const [, ofShard] of counts) assert.ok(ofShard.length > 30 && ofShard.length < 110)
  assert.equal(shardOf('klegen-01'), 'c', 'a changed shard would orphan every deployed box')
})
