import assert from 'node:assert/strict'
import { test } from 'node:test'
import { portalStandIn } from '#scripts/network-lab/internet.ts'
import type { Lab } from '#scripts/network-lab/lab.ts'
import { until } from '#scripts/network-lab/waiting.ts'
import { arpReply, arpRequest, BOX_MAC, duplicateAddressQuestion, neighbourAdvertisement } from '#test/support/frames.ts'
import { gateIn, labFor } from '#test/support/lab.ts'
import { longDownload, reaches, untilArriving } from '#test/support/phones.ts'
import { countArrivals, sendFrames } from '#test/support/wire.ts'

const CLAIMS = 200
const CLAIMS_PER_SECOND = 100

/** The box looks at its own addresses every five seconds. */
const LEARNED_WITHIN_MS = 10_000

test('nobody draws away what is coming down for an admitted visitor by claiming its address', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  const { gate, daemon } = await gateIn(t, lab)
  const { edge, internet, phones } = lab.addresses
  const [victim, claimant] = phones as [(typeof phones)[0], (typeof phones)[0]]
  lab.spawn('edge', portalStandIn(8080))
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }))
  const stolen = await countArrivals(lab, 'phone2', { stolen: `ip daddr ${victim.v4}` })
  const claim = (from: string) => sendFrames(lab, 'phone2', claims(claimant.mac, from, edge.lan4), CLAIMS_PER_SECOND)
  const admission = { mac: victim.mac, clientId: 1, seconds: 600 }

  await t.test('where no address is bound the claim is believed, so these packets are what they should be', async () => {
    await gate.admit(admission)
    longDownload(lab, 'phone1', internet.v4)
    await untilArriving(lab, 'phone1')
    await claim(victim.v4)
    assert.ok((await stolen.packets()).stolen > 0)
  })

  const undisturbed = async (): Promise<void> => {
    const before = await stolen.packets()
    const claiming = claim(victim.v4)
    for (let i = 0; i < 3; i += 1) await untilArriving(lab, 'phone1')
    await claiming
    assert.equal(await holderOf(lab, victim.v4), victim.mac)
    assert.deepEqual(await stolen.packets(), before)
  }

  await t.test('where it is bound, 200 claims change nothing, and the download goes on', async () => {
    await gate.admit({ ...admission, addresses: [victim.v4] })
    assert.equal(await holderOf(lab, victim.v4), victim.mac, 'what was believed before is put right')
    await untilArriving(lab, 'phone1')
    await undisturbed()
  })

  await t.test('nor when the box asks anew who has the address, and the claimant answers at once', async () => {
    assert.equal((await lab.exec('edge', ['ip', 'neigh', 'flush', 'dev', 'br-lan'])).code, 0)
    await undisturbed()
  })

  await t.test('nor after a flushed ruleset and with a new gate, and what somebody takes out by hand is put back', async () => {
    await lab.exec('edge', ['nft', 'flush', 'ruleset'])
    await until('the table', async () => (await elements(lab, 'holder')).includes(victim.mac))
    // Without a ruleset nobody translates what comes back, so the box itself ended the one before.
    longDownload(lab, 'phone1', internet.v4)
    await undisturbed()
    await daemon.stop('SIGKILL')
    await undisturbed()
    await lab.startGate()
    await until('the gate to enforce again', () => gate.state() === 'enforcing')
    await undisturbed()
    await lab.exec('edge', ['nft', 'flush', 'set', 'arp', 'gate', 'holder'])
    await until('the holder to be back', async () => (await elements(lab, 'holder')).includes(victim.mac), { withinMs: 15_000 })
  })

  await t.test('an address it is not bound to any more is free at once: DHCP may give it to anybody', async () => {
    const moved = victim.v4.replace(/\d+$/, '90')
    await lab.exec('phone1', ['ip', 'address', 'add', `${moved}/24`, 'dev', 'eth0'])
    await gate.admit({ ...admission, addresses: [moved] })
    await claim(victim.v4)
    assert.equal(await holderOf(lab, victim.v4), claimant.mac)
    assert.ok(await reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 8080, from: moved }))
    await claim(moved)
    assert.equal(await holderOf(lab, moved), victim.mac)
  })

  await t.test('and so is one whose holder has left: it meets the portal itself, and another may have the address', async () => {
    await gate.admit({ ...admission, addresses: [victim.v4] })
    await gate.evict(victim.mac)
    await lab.exec('edge', ['ip', 'neigh', 'flush', 'dev', 'br-lan'])
    assert.ok(await reaches(lab, 'phone1', { kind: 'http', address: internet.v4, port: 80, from: victim.v4 }))
    await claim(victim.v4)
    assert.equal(await holderOf(lab, victim.v4), claimant.mac)
  })
})

test('nobody makes the box give up one of its own addresses', async (t) => {
  const lab = await labFor(t, { phones: 2 })
  if (!lab) return
  await gateIn(t, lab)
  // The lab spares itself the second this takes.
  assert.equal((await lab.exec('edge', ['sysctl', '-q', 'net.ipv6.conf.br-lan.accept_dad=1'])).code, 0)
  const { edge, phones } = lab.addresses
  const { mac } = phones[1]!
  lab.spawn('edge', portalStandIn(8080))
  await until('the portal to answer', () => reaches(lab, 'phone1', { kind: 'http', address: edge.lan4, port: 80 }))
  const [known, unknown] = [edge.lan6.replace(/1$/, 'a1'), edge.lan6.replace(/1$/, 'a2')]
  /** The kernel asks for a second whether somebody has the address already (RFC 4862 §5.4). */
  const triedUnderClaims = async (address: string, frames: Buffer[]): Promise<string> => {
    const claiming = sendFrames(lab, 'phone2', frames, CLAIMS_PER_SECOND)
    await lab.exec('edge', ['ip', 'address', 'add', `${address}/64`, 'dev', 'br-lan'])
    await claiming
    await until(
      'the kernel to have decided',
      async () => !/ tentative/.test((await shown(lab, address)).replace('dadfailed tentative', 'dadfailed')),
    )
    return shown(lab, address)
  }
  const kinds = {
    advertisement: (target: string) =>
      neighbourAdvertisement({ fromMac: mac, toMac: '33:33:00:00:00:01', from: phones[1]!.v6, to: 'ff02::1' }, target),
    question: (target: string) => duplicateAddressQuestion(mac, target),
  }

  await lab.exec('edge', ['ip', 'address', 'add', `${known}/64`, 'dev', 'br-lan', 'nodad'])
  await until('the gate to know the address', async () => (await ruleset(lab)).includes(hexTail(known)), { withinMs: LEARNED_WITHIN_MS })
  for (const [kind, frame] of Object.entries(kinds)) {
    await t.test(
      `an address that is being tried out falls to a neighbour ${kind} where the gate does not know it, and stays where it does`,
      async () => {
        const frames = (target: string) => Array.from({ length: CLAIMS * 2 }, () => frame(target))
        assert.match(await triedUnderClaims(unknown, frames(unknown)), /dadfailed/)
        await lab.exec('edge', ['ip', 'address', 'del', `${unknown}/64`, 'dev', 'br-lan'])
        await lab.exec('edge', ['ip', 'address', 'del', `${known}/64`, 'dev', 'br-lan'])
        assert.doesNotMatch(await triedUnderClaims(known, frames(known)), /dadfailed/)
      },
    )
  }

  await t.test('claims to its IPv4 address and its IPv6 address in use leave the portal where it is', async () => {
    const frames = [...claims(mac, edge.lan4, phones[0]!.v4), ...Array.from({ length: CLAIMS }, () => kinds.advertisement(edge.lan6))]
    await sendFrames(lab, 'phone2', frames, 500)
    for (const address of [edge.lan4, edge.lan6]) assert.ok(await reaches(lab, 'phone1', { kind: 'http', address, port: 80 }), address)
  })
})

/** All ways to say it: asked, unasked, to the box alone and to everybody. */
function claims(fromMac: string, from: string, box: string): Buffer[] {
  const ways = [
    arpRequest({ fromMac, from, to: from }),
    arpRequest({ fromMac, from, to: box }),
    arpReply({ fromMac, toMac: BOX_MAC, from, to: box }),
    arpReply({ fromMac, toMac: 'ff:ff:ff:ff:ff:ff', from, to: from }),
  ]
  return Array.from({ length: CLAIMS / ways.length }, () => ways).flat()
}

/** In the box's table of who has which address. */
async function holderOf(lab: Lab, address: string): Promise<string | undefined> {
  const { stdout } = await lab.exec('edge', ['ip', '-j', 'neigh', 'show', address, 'dev', 'br-lan'])
  return (JSON.parse(stdout || '[]') as { lladdr?: string }[])[0]?.lladdr
}

const elements = async (lab: Lab, set: string): Promise<string> =>
  (await lab.exec('edge', ['nft', 'list', 'set', 'arp', 'gate', set])).stdout

const ruleset = async (lab: Lab): Promise<string> => (await lab.exec('edge', ['nft', 'list', 'chain', 'inet', 'gate', 'stamp'])).stdout

const shown = async (lab: Lab, address: string): Promise<string> =>
  (await lab.exec('edge', ['ip', '-6', 'address', 'show', 'dev', 'br-lan', 'to', address])).stdout

const hexTail = (address: string): string => `${address.replace(/^.*::/, '').padStart(16, '0')} drop`
