import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnsmasqFiles } from '#edge/agent/dnsmasq-files.ts'
import { createGarden } from '#edge/boot/garden.ts'
import { CAPTIVE_V4, CAPTIVE_V6 } from '#edge/captive-addresses.ts'
import { dnsFacts, writeGarden } from '#scripts/network-lab/dns.ts'
import { NAMES, portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { ask } from '#test/support/dns-questions.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { curl, probeFrom, reaches, untilArriving, untilStill } from '#test/support/phones.ts'

/** What the box tells of a garden name lives this long at most (provisioning/render/dnsmasq.ts). */
const TTL_MAX = 30

const STILL_WITHIN_MS = 5_000

test('before the login the walled garden is open over https and nothing beside it is', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { internet } = lab.addresses
  const garden = [internet.garden4, internet.garden6]
  lab.spawn('edge', portalStandIn(8080))
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 80 }))

  assert.deepEqual(await addressesOf(lab, NAMES.garden), [CAPTIVE_V4, CAPTIVE_V6], 'captive while it is not in the garden')
  for (const address of garden) assert.ok(!(await reaches(lab, 'phone1', { kind: 'tcp', address, port: 443 })), address)
  writeGarden(lab.claim, [NAMES.garden, NAMES.inside])
  await until('the real addresses', async () => (await addressesOf(lab, NAMES.garden)).join() === garden.join())

  await t.test('https to a garden name works over IPv4 and IPv6, and to names under it', async () => {
    assert.deepEqual(await addressesOf(lab, `www.${NAMES.garden}`), garden)
    for (const address of garden)
      assert.deepEqual(await probeFrom(lab, 'phone1', [{ kind: 'tcp', address, port: 443 }]), [
        { target: { kind: 'tcp', address, port: 443 }, reached: { answer: 'tcp 443 of the internet\n' } },
      ])
  })

  await t.test('http to it lands on the portal; HTTP/3 and every other port are refused', async () => {
    assert.match(await curl(lab, 'phone1', `http://${NAMES.garden}/hello`), /hello from the portal/)
    const targets = garden.flatMap((address) => [
      { kind: 'udp', address, port: 443 } as const,
      { kind: 'tcp', address, port: 22 } as const,
      { kind: 'http', address, port: 8080 } as const,
      { kind: 'icmp', address } as const,
    ])
    for (const { target, reached } of await probeFrom(lab, 'phone1', targets)) {
      const what = `${target.kind}/${target.port ?? ''} to ${target.address}: ${JSON.stringify(reached)}`
      assert.ok('failed' in reached, what)
      if (target.kind !== 'icmp') assert.notEqual(reached.failed, 'silent', what)
    }
  })

  await t.test('a name outside the garden stays captive, and so does its address', async () => {
    assert.deepEqual(await addressesOf(lab, NAMES.internet), [CAPTIVE_V4, CAPTIVE_V6])
    for (const address of [internet.v4, internet.v6])
      assert.deepEqual((await probeFrom(lab, 'phone1', [{ kind: 'tcp', address, port: 443 }]))[0]?.reached, { failed: 'ECONNREFUSED' })
  })

  await t.test('a garden name carries addresses and no other record, and they do not live long', async () => {
    const types = ['TXT', 'NULL', 'MX', 'SRV', 'HTTPS', 'ANY'] as const
    const answers = await ask(
      lab,
      'phone1',
      lab.addresses.edge.lan4,
      types.map((type) => [NAMES.garden, type]),
    )
    for (const [index, answer] of answers.entries()) {
      const told = 'answers' in answer ? answer.answers.filter(({ type }) => type !== 1 && type !== 28) : []
      assert.deepEqual(told, [], types[index])
    }
    const [address] = await ask(lab, 'phone1', lab.addresses.edge.lan4, [[NAMES.garden, 'A']])
    assert.ok(address && 'answers' in address && address.answers.length === 1)
    assert.ok(address.answers.every(({ ttl }) => ttl <= TTL_MAX))
  })

  await t.test('a garden name that leads to a private address opens nothing', async () => {
    const [answer] = await ask(lab, 'phone1', lab.addresses.edge.lan4, [[NAMES.inside, 'A']])
    assert.deepEqual(answer && 'answers' in answer ? answer.answers : [], [])
    assert.doesNotMatch(await gardenSet(lab, 4), /10\.99/)
  })

  await t.test('it stays open when the gate is killed and starts again', async () => {
    await daemon.stop('SIGKILL')
    await lab.startGate()
    assert.ok(await reaches(lab, 'phone1', { kind: 'tcp', address: internet.garden4, port: 443 }))
  })

  await t.test('an address the gate has let go opens again with the next question, also of a name that lives with a provider', async () => {
    for (const name of [NAMES.garden, `shop.${NAMES.garden}`]) {
      await lab.exec('edge', ['nft', 'flush', 'set', 'inet', 'gate', 'garden4'])
      assert.ok(!(await reaches(lab, 'phone2', { kind: 'tcp', address: internet.garden4, port: 443 })))
      await addressesOf(lab, name)
      assert.ok(await reaches(lab, 'phone2', { kind: 'tcp', address: internet.garden4, port: 443 }), name)
    }
    assert.deepEqual(await addressesOf(lab, NAMES.provider), [CAPTIVE_V4, CAPTIVE_V6], 'the provider’s own name is not in the garden')
    // An end for each: nobody need take them out for the garden to forget them.
    assert.match(await gardenSet(lab, 4), /expires/)
    assert.match(await gardenSet(lab, 6), /expires/)
  })

  await t.test('a domain that is taken out closes at once, with what runs; another opens again with the next question', async () => {
    const list = createGarden({ files: dnsmasqFiles(dnsFacts(lab.claim), assert.fail), gate, log: assert.fail })
    t.after(() => list.close())
    writeGarden(lab.claim, [NAMES.garden, NAMES.internet])
    list.use([NAMES.garden, NAMES.internet])
    const stays = [internet.v4, internet.v6]
    await until('both names', async () => (await addressesOf(lab, NAMES.internet)).join() === stays.join())
    const https = (addresses: string[]) => addresses.map((address) => ({ kind: 'tcp', address, port: 443 }) as const)
    const shut = async (addresses: string[]): Promise<boolean> =>
      (await probeFrom(lab, 'phone1', https(addresses))).every(({ reached }) => 'failed' in reached && reached.failed === 'ECONNREFUSED')
    const open = async (addresses: string[]): Promise<boolean> =>
      (await probeFrom(lab, 'phone1', https(addresses))).every(({ reached }) => 'answer' in reached)
    await addressesOf(lab, NAMES.garden)
    assert.ok(await open(garden))
    await answerWithAStream(lab)
    const download = ['curl', '--silent', '--limit-rate', '1M', '--output', '/dev/null', `http://${internet.garden4}:443/big`]
    const running = lab.spawn('phone1', download)
    await untilArriving(lab, 'phone1')

    list.use([NAMES.internet])
    await until('the garden to be closed', () => shut(garden))
    await until('the download to end', () => running.exitCode !== null)
    await untilStill(lab, 'phone1', STILL_WITHIN_MS)
    // As the dnsmasq that is just being stopped may answer.
    await lab.exec('edge', ['nft', 'add', 'element', 'inet', 'gate', 'garden4', `{ ${internet.garden4} }`])
    await until('a late answer to be forgotten', () => shut(garden))
    await until('the captive answer', async () => (await addressesOf(lab, NAMES.garden)).join() === [CAPTIVE_V4, CAPTIVE_V6].join())
    await until('the other name to answer', async () => (await addressesOf(lab, NAMES.internet)).join() === stays.join())
    assert.ok(await open(stays))
    assert.ok(await shut(garden))
  })
})

/** IPv4 first. */
async function addressesOf(lab: Lab, name: string): Promise<string[]> {
  const answers = await ask(lab, 'phone1', lab.addresses.edge.lan4, [
    [name, 'A'],
    [name, 'AAAA'],
  ])
  return answers.flatMap((answer) => ('answers' in answer ? answer.answers.map(({ data }) => data) : []))
}

/** What listens on port 443 of the lab's internet says one line; behind its web port there is a long download. */
async function answerWithAStream(lab: Lab): Promise<void> {
  const input = `table ip stream {
  chain arrive {
    type nat hook prerouting priority dstnat;
    ip daddr ${lab.addresses.internet.garden4} tcp dport 443 redirect to :8080
  }
}
`
  const { code, stderr } = await lab.exec('internet', ['nft', '-f', '-'], { input })
  assert.equal(code, 0, stderr)
}

async function gardenSet(lab: Lab, family: 4 | 6): Promise<string> {
  return (await lab.exec('edge', ['nft', 'list', 'set', 'inet', 'gate', `garden${family}`])).stdout
}
