import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readConfig } from '#central/config.ts'
import { readShards, shardWords } from '#central/noc/ingest/shards.ts'

const SHARED = { DATABASE_URL: 'postgres://city@127.0.0.1/city', MQTT_URL: 'mqtt://127.0.0.1:1883' }

void test('Shards are said and read in the shortest way', () => {
  for (const words of ['0-f', '0-7', '8-f', '0,3,a-f', '5']) assert.equal(shardWords(readShards(words)!), words)
  assert.equal(shardWords(readShards('3,0-3,A')!), '0-3,a')
  for (const nonsense of ['', 'g', '7-0', '10', '0--3', '1,,2', 'all']) assert.equal(readShards(nonsense), undefined, nonsense)
})

void test('One process does everything unless it is told otherwise', () => {
  const read = readConfig([], {})
  assert.ok(read.ok)
  assert.deepEqual([read.config.roles, shardWords(read.config.shards)], [['web', 'ingest', 'jobs'], '0-f'])
})

void test('Roles and shards come from flags or the environment, in one order', () => {
  const read = readConfig(['--roles', 'jobs,web'], { ...SHARED, SHARDS: '8-f' })
  assert.ok(read.ok)
  assert.deepEqual([read.config.roles, shardWords(read.config.shards)], [['web', 'jobs'], '8-f'])
  for (const [args, problem] of [
    [['--roles', 'web,cook'], /^Roles are web, ingest, jobs/],
    [['--shards', 'x'], /^Shards are hexadecimal digits/],
  ] as const) {
    const bad = readConfig(args, SHARED)
    assert.match(bad.ok ? '' : bad.problem, problem)
  }
})

void test('What only one process can open is not shared: SQLite and the embedded broker, said in one line', () => {
  for (const env of [{}, { DATABASE_URL: SHARED.DATABASE_URL }, { MQTT_URL: SHARED.MQTT_URL }]) {
    for (const args of [
      ['--roles', 'ingest'],
      ['--roles', 'web,jobs'],
      ['--shards', '0-7'],
    ]) {
      const read = readConfig(args, env)
      assert.match(
        read.ok ? '' : read.problem,
        /^Separate roles and shards need PostgreSQL \(DATABASE_URL\) and a broker of its own \(MQTT_URL\).*\.$/,
      )
      assert.doesNotMatch(read.ok ? '' : read.problem, /\n/)
    }
  }
})
