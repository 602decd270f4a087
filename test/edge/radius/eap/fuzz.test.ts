/** Damaged, reordered and invented EAP, from seeds: nothing throws, nobody gets in without the password, and every table keeps its bound. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEap } from '#edge/radius/eap/engine.ts'
import { eapResponse } from '#edge/radius/eap/packet.ts'
import type { EapAnswer, EapEngine } from '#edge/radius/eap/port.ts'
import { randomFrom, type Random } from '../fuzz/random.ts'
import { accounts, PASSWORD, settings, USER } from './site.ts'
import { avp, credentials, device, requestOf, type DeviceOptions } from './supplicant.ts'

const SEEDS = [1, 2, 3, 4]
const CONVERSATIONS = 40
const ROUNDS_MAX = 40
const limits = { freshMax: 64, runningMax: 16, handshakesPerSecond: 1_000_000, handshakesBurst: 1_000_000 }

/** No damage that is dealt here makes it right. */
const WRONG = credentials(USER, `salah-${PASSWORD}`)

const TELLING = [0, 1, 3, 4, 6, 13, 21, 25, 26, 33, 0x20, 0x40, 0x80, 0xc0, 0xff]

/** One to three changes: an octet, the end, a repetition, or a Length that is right again. */
function damaged(octets: Buffer, random: Random): Buffer {
  let result = Buffer.from(octets)
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(result.length + 1)
    switch (random.below(5)) {
      case 0:
        if (at < result.length) result[at] = result[at]! ^ (1 << random.below(8))
        break
      case 1:
        if (at < result.length) result[at] = TELLING[random.below(TELLING.length)]!
        break
      case 2:
        result = result.subarray(0, at)
        break
      case 3:
        result = Buffer.concat([result, result.subarray(at)])
        break
      default:
        if (result.length >= 4) result.writeUInt16BE(Math.min(result.length, 0xffff), 2)
    }
  }
  return result
}

/** An EAP header that is right around a body that is not, so that the damage gets past the door. */
const damagedInside = (octets: Buffer, asked: Buffer, random: Random): Buffer =>
  octets.length < 6 ? octets : eapResponse(asked[1]!, octets[4]!, damaged(octets.subarray(5), random))

async function play(engine: EapEngine, random: Random, seen: EapAnswer[], states: Buffer[]): Promise<void> {
  const options: DeviceOptions = {
    tls: random.below(2) === 0 ? '1.2' : '1.3',
    fragment: [80, 400, 1000][random.below(3)]!,
    says: random.below(2) === 0 ? WRONG : damaged(WRONG, random),
  }
  const peer = device(options)
  let asked: Extract<EapAnswer, { kind: 'challenge' }> | undefined
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const honest = await peer.respond(asked?.eap)
    const tampering = random.below(16)
    const eap = tampering === 0 ? damaged(honest, random) : tampering === 1 && asked ? damagedInside(honest, asked.eap, random) : honest
    const state = random.below(24) === 0 ? states[random.below(states.length)] : asked?.state
    const answer = await engine.answer(requestOf(eap, state, options))
    seen.push(answer)
    if (answer.kind === 'reject' || answer.kind === 'accept') return
    if (answer.kind === 'discard') continue
    if (answer.eap[0] !== 1) throw new Error('a challenge that is no request')
    states[random.below(32)] = answer.state
    asked = answer
    // Only a request of the method can be followed further.
    if (answer.eap[4] !== 21) return
  }
}

test('whatever is sent, the engine answers, lets nobody in and keeps its bounds', async () => {
  for (const seed of SEEDS) {
    const random = randomFrom(seed)
    const engine = openEap({ settings: settings({ methods: ['ttls', 'tls', 'peap'] }), accounts: accounts(), limits })
    try {
      const seen: EapAnswer[] = []
      const states: Buffer[] = [Buffer.alloc(16)]
      for (let i = 0; i < CONVERSATIONS; i += 4) await Promise.all(Array.from({ length: 4 }, () => play(engine, random, seen, states)))
      const { open, accepts, rejects } = engine.counters()
      assert.equal(accepts, 0, `seed ${seed}`)
      assert.ok(rejects['wrong-credentials']! > 0, `seed ${seed} gets as far as a password`)
      assert.equal(rejects['unavailable'], undefined, `seed ${seed}: an error of ours`)
      assert.ok(open.fresh <= limits.freshMax && open.running <= limits.runningMax, `seed ${seed}: ${JSON.stringify(open)}`)
      assert.ok(seen.some(({ kind }) => kind === 'reject') && seen.some(({ kind }) => kind === 'discard'), `seed ${seed} reaches both`)
    } finally {
      engine.close()
    }
  }
})

test('random octets with and without a State get silence or a refusal', async () => {
  const random = randomFrom(7)
  const engine = openEap({ settings: settings(), accounts: accounts(), limits })
  const start = await engine.answer(requestOf(eapResponse(1, 1, Buffer.from('anonymous')), undefined))
  assert.equal(start.kind, 'challenge')
  for (let i = 0; i < 5000; i++) {
    const eap = Buffer.from(Array.from({ length: random.below(24) }, () => random.below(256)))
    const state = [undefined, start.kind === 'challenge' ? start.state : undefined, Buffer.alloc(random.below(20), 1)][random.below(3)]
    const answer = await engine.answer(requestOf(eap, state))
    assert.notEqual(answer.kind, 'accept')
  }
  engine.close()
})

test('a tunnel full of damaged attributes ends in a refusal or goes on, never in an error of ours', async () => {
  const random = randomFrom(11)
  const engine = openEap({ settings: settings(), accounts: accounts(), limits })
  const whole = [
    credentials(USER, PASSWORD),
    Buffer.concat([avp(1, Buffer.from(USER)), avp(25, Buffer.alloc(50), 311), avp(11, Buffer.alloc(16), 311)]),
    avp(79, eapResponse(1, 1, Buffer.from(USER))),
  ]
  for (let i = 0; i < 60; i++) {
    const options: DeviceOptions = { tls: '1.2', says: damaged(whole[i % whole.length]!, random) }
    const peer = device(options)
    let answer: EapAnswer | undefined
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const asked = answer?.kind === 'challenge' ? answer : undefined
      answer = await engine.answer(requestOf(await peer.respond(asked?.eap), asked?.state, options))
      if (answer.kind !== 'challenge') break
    }
  }
  assert.equal(engine.counters().rejects['unavailable'], undefined)
  assert.ok(engine.counters().rejects['malformed']! > 0)
  engine.close()
})
