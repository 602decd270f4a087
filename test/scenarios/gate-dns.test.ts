import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CAPTIVE_V4, CAPTIVE_V6 } from '#edge/captive-addresses.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { ask, type RecordType } from '#test/support/dns-questions.ts'
import { gateIn, labFor } from '#test/support/lab.ts'

test('before the login every name leads to the portal, no other record is told, and nobody outside is asked', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate } = await gateIn(t, lab)
  const { edge, internet, phones } = lab.addresses

  await t.test('A and AAAA answers are public addresses that live a second or two', async () => {
    for (const [server, type, expected] of [
      [edge.lan4, 'A', CAPTIVE_V4],
      [edge.lan6, 'AAAA', CAPTIVE_V6],
      [internet.v4, 'A', CAPTIVE_V4],
      [internet.v6, 'AAAA', CAPTIVE_V6],
    ] as const) {
      for (const name of ['captive.apple.com', 'connectivitycheck.gstatic.com', 'internet.test']) {
        const [answer] = await ask(lab, 'phone1', server, [[name, type]])
        assert.ok(answer && 'answers' in answer, `${name} ${type} at ${server}`)
        assert.deepEqual(
          answer.answers.map(({ data }) => data),
          [expected],
        )
        assert.ok(answer.answers.every(({ ttl }) => ttl <= 2))
      }
    }
  })

  await t.test("the portal's own name leads to the box", async () => {
    const [four, six] = await ask(lab, 'phone1', edge.lan4, [
      ['portal.test', 'A'],
      ['portal.test', 'AAAA'],
    ])
    assert.deepEqual(four && 'answers' in four && four.answers.map(({ data }) => data), [edge.lan4])
    assert.deepEqual(six && 'answers' in six && six.answers.map(({ data }) => data), [edge.lan6])
  })

  await t.test('record types that could carry a tunnel are never answered with data', async () => {
    const types = ['TXT', 'NULL', 'MX', 'CNAME', 'SRV', 'HTTPS', 'NS', 'ANY'] as const
    const answers = await ask(
      lab,
      'phone1',
      edge.lan4,
      types.map((type) => [`payload.${type.toLowerCase()}.internet.test`, type]),
    )
    for (const [index, answer] of answers.entries()) {
      const told = 'answers' in answer ? answer.answers.filter(({ type }) => type !== 1 && type !== 28) : []
      assert.deepEqual(told, [], types[index])
    }
    const [text] = await ask(lab, 'phone1', edge.lan4, [['internet.test', 'TXT']])
    assert.deepEqual(text && 'answers' in text ? text.answers : [], [], 'a record that does exist outside')
  })

  await t.test('one device cannot flood the box with questions, and its neighbour does not notice', async () => {
    const names = Array.from({ length: 200 }, (_, i) => [`${i}.example`, 'A'] as [string, RecordType])
    const answered = (await ask(lab, 'phone2', edge.lan4, names)).filter((answer) => 'answers' in answer).length
    assert.ok(answered >= 20 && answered < 120, `${answered} of 200 answered`)
    const [other] = await ask(lab, 'phone1', edge.lan4, [['still.example', 'A']])
    assert.ok(other && 'answers' in other)
  })

  await t.test('after the login names are real ones, whichever server the phone asks', async () => {
    await gate.admit({ mac: phones[0]!.mac, clientId: 1, seconds: 300 })
    for (const server of [edge.lan4, edge.lan6, internet.v4]) {
      const [four, six, text, portal] = await ask(lab, 'phone1', server, [
        ['internet.test', 'A'],
        ['internet.test', 'AAAA'],
        ['internet.test', 'TXT'],
        ['portal.test', 'A'],
      ])
      assert.deepEqual(four && 'answers' in four && four.answers.map(({ data }) => data), [internet.v4])
      assert.deepEqual(six && 'answers' in six && six.answers.map(({ data }) => data), [internet.v6])
      assert.equal(text && 'answers' in text && text.answers.length, 1)
      assert.deepEqual(portal && 'answers' in portal && portal.answers.map(({ data }) => data), [edge.lan4])
    }
  })

  await t.test('the port with an upstream is not there for those who have not logged in', async () => {
    const [direct] = await ask(lab, 'phone2', edge.wan4, [['internet.test', 'TXT']])
    assert.deepEqual(direct && 'answers' in direct ? direct.answers : [], [])
  })
})

test('DHCP gives half-hour leases and names the portal API only where there is a certificate', async (t) => {
  for (const captiveApiUrl of [undefined, 'https://portal.test/captive-api']) {
    const lab = await labFor(t, { phones: 1 })
    if (!lab) return
    await lab.startDns({ ...(captiveApiUrl !== undefined && { captiveApiUrl }), announceV6: true })
    await lab.startGate()
    const { stdout, stderr } = await lab.exec('phone1', [
      process.execPath,
      '--input-type=module',
      '-e',
      DISCOVER,
      lab.addresses.phones[0]!.mac,
    ])
    const offer = JSON.parse(stdout || JSON.stringify(stderr)) as { address: string; options: Record<string, string> }
    const option = (code: number): Buffer => Buffer.from(offer.options[code] ?? '', 'hex')
    assert.match(offer.address, /^10\.\d+\.0\.(1\d\d|2[0-4]\d|250)$/)
    assert.equal(option(51).readUInt32BE(0), 1_800, 'lease time, RFC 2132 §9.2')
    assert.equal([...option(3)].join('.'), lab.addresses.edge.lan4, 'router')
    assert.equal([...option(6)].join('.'), lab.addresses.edge.lan4, 'name server')
    assert.equal(option(114).toString('utf8').replace(/\0$/, ''), captiveApiUrl ?? '', 'RFC 8910 §2.1')
    await until('an address from the router advertisement', async () => {
      const { stdout } = await lab.exec('phone1', ['ip', '-6', 'address', 'show', 'dev', 'eth0', 'dynamic'])
      return stdout.includes('fd77::77:77:ff:fe00:11')
    })
  }
})

/** DHCPDISCOVER (RFC 2131) with the broadcast flag, asking for router, DNS, lease time and the captive portal API. */
const DISCOVER = `
import { createSocket } from 'node:dgram'
const mac = Buffer.from(process.argv[1].replaceAll(':', ''), 'hex')
const packet = Buffer.alloc(240)
packet.set([1, 1, 6, 0, 1, 2, 3, 4])
packet.writeUInt16BE(0x8000, 10)
packet.set(mac, 28)
packet.set([99, 130, 83, 99], 236)
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.on('message', (answer) => {
  const options = {}
  for (let at = 240; at < answer.length && answer[at] !== 255; at += answer[at] === 0 ? 1 : 2 + answer[at + 1])
    if (answer[at] !== 0) options[answer[at]] = answer.subarray(at + 2, at + 2 + answer[at + 1]).toString('hex')
  console.log(JSON.stringify({ address: [...answer.subarray(16, 20)].join('.'), options }))
  process.exit()
})
socket.bind(68, '0.0.0.0', () => {
  socket.setBroadcast(true)
  const send = () => socket.send(Buffer.concat([packet, Buffer.from([53, 1, 1, 55, 4, 3, 6, 51, 114, 255])]), 67, '255.255.255.255')
  send()
  setInterval(send, 1_000)
  setTimeout(() => { console.error('no offer'); process.exit(1) }, 15_000)
})
`
