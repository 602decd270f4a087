import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { LINE_BYTES_MAX } from '#edge/gate/protocol.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { gateIn, labFor } from '#test/support/lab.ts'

type Heard = { id?: number | null; ok?: boolean; reason?: string; state?: string }

function talk(path: string): { socket: Socket; heard: Heard[]; say(text: string | Buffer): void; over: () => boolean } {
  const socket = connect(path)
  const heard: Heard[] = []
  let pending = ''
  socket.on('data', (chunk) => {
    const lines = (pending + chunk.toString('utf8')).split('\n')
    pending = lines.pop() ?? ''
    heard.push(...lines.map((line) => JSON.parse(line) as Heard))
  })
  socket.on('error', () => {})
  return { socket, heard, say: (text) => void socket.write(text), over: () => socket.destroyed || socket.readableEnded }
}

test('whatever comes over the socket, the daemon refuses what is not a request and lives on', async (t) => {
  const lab = await labFor(t, { phones: 1 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { mac } = lab.addresses.phones[0]!
  const ruleset = async (): Promise<string> => (await lab.exec('edge', ['nft', '-s', '-t', 'list', 'ruleset'])).stdout
  const before = await ruleset()

  await t.test('only its own user and group may speak to it', () => {
    assert.equal(statSync(daemon.socket).mode & 0o777, 0o660)
  })

  await t.test('it holds one power and no more', () => {
    const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8')
    for (const set of ['CapEff', 'CapPrm', 'CapBnd'])
      assert.match(status, new RegExp(`^${set}:\\t0{12}1000$`, 'm'), `${set}: CAP_NET_ADMIN is bit 12`)
    assert.match(status, /^NoNewPrivs:\t1$/m)
  })

  await t.test('wrong types, unknown verbs and injected commands get a reason', async () => {
    const { heard, say, socket } = talk(daemon.socket)
    t.after(() => socket.destroy())
    const lines = [
      'hello',
      '{}',
      '[]',
      '{"id":1,"verb":"flush"}',
      '{"id":2,"verb":"admit","mac":"' + mac + ' }; flush ruleset; #","clientId":1,"seconds":5}',
      '{"id":3,"verb":"admit","mac":"' + mac + '","clientId":"1","seconds":5}',
      '{"id":4,"verb":"admit","mac":"' + mac + '","clientId":1,"seconds":-5}',
      '{"id":5,"verb":"limit","clientId":99,"upKbps":1,"downKbps":1}',
      '{"id":6,"verb":"who-has","address":"$(reboot)"}',
      '{"id":7,"verb":"reconcile","admissions":{"length":1}}',
    ]
    say(`${lines.join('\n')}\n`)
    await until('ten refusals', () => heard.filter(({ ok }) => ok === false).length === lines.length)
    assert.ok(heard.filter(({ ok }) => ok === false).every(({ reason }) => (reason ?? '').length > 0))
    assert.deepEqual(
      heard.flatMap(({ id }) => (typeof id === 'number' ? [id] : [])).sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7],
    )
  })

  await t.test('random bytes are refused line by line', async () => {
    const { heard, say, socket } = talk(daemon.socket)
    t.after(() => socket.destroy())
    for (let round = 0; round < 50; round += 1) say(Buffer.concat([randomBytes(2_000), Buffer.from('\n')]))
    await until('fifty refusals', () => heard.filter(({ ok }) => ok === false).length >= 50)
  })

  await t.test('a line without end is cut off at the bound', async () => {
    const { heard, say, over } = talk(daemon.socket)
    say(Buffer.alloc(LINE_BYTES_MAX + 2, 'x'))
    await until('the end of the connection', over)
    assert.match(heard.at(-1)?.reason ?? '', /a line may hold/)
  })

  await t.test('a crowd of idle connections leaves room for the edge', async () => {
    const crowd = Array.from({ length: 40 }, () => talk(daemon.socket))
    t.after(() => crowd.forEach(({ socket }) => socket.destroy()))
    await until('the daemon to turn most away', () => crowd.filter(({ over }) => over()).length >= 32)
    await gate.admit({ mac, clientId: 1, seconds: 60 })
    await gate.evict(mac)
  })

  assert.equal(await ruleset(), before)
  await gate.admit({ mac, clientId: 1, seconds: 60 })
  assert.equal(gate.state(), 'enforcing')
})
