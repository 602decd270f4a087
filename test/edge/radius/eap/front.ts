/** The smallest RADIUS front around the EAP engine: one client, no cache, so that every retransmission reaches the engine. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readOctets } from '#edge/radius/attributes.ts'
import type { EapAnswer, EapEngine } from '#edge/radius/eap/port.ts'
import { keysOfMsk, mppeAttributes } from '#edge/radius/mppe.ts'
import { attributesOfType, authenticatorOf, decodePacket, type Attribute, type Packet } from '#edge/radius/packet.ts'
import { checkMessageAuthenticator } from '#edge/radius/message-authenticator.ts'
import { signedReply, type Reply } from '#edge/radius/reply.ts'
import { SECRET } from '../client.ts'

const EAP_MESSAGE = 79
const STATE = 24
const VALUE_OCTETS_MAX = 253

export type Front = { port: number; answers: EapAnswer[]; [Symbol.asyncDispose](): Promise<void> }

export async function startFront(engine: EapEngine): Promise<Front> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const answers: EapAnswer[] = []
  socket.on('message', (octets, from) => {
    const decoded = decodePacket(octets)
    if (!decoded.ok || checkMessageAuthenticator(decoded.packet, SECRET, 'as-sent') !== 'valid') return
    const { packet } = decoded
    const request = {
      client: 'ap-balai-kota',
      source: from.address,
      eap: Buffer.concat(attributesOfType(packet, EAP_MESSAGE).map(({ value }) => value)),
      state: readOctets(packet, 'State'),
      userName: readOctets(packet, 'User-Name'),
      framedMtu: undefined,
      now: performance.now(),
    }
    void engine.answer(request).then((answer) => {
      answers.push(answer)
      const reply = replyOf(packet, answer)
      if (reply) socket.send(signedReply(packet, reply, SECRET)!, from.port, from.address)
    })
  })
  return {
    port: socket.address().port,
    answers,
    async [Symbol.asyncDispose]() {
      engine.close()
      await new Promise<void>((closed) => socket.close(closed))
    },
  }
}

function replyOf(packet: Packet, answer: EapAnswer): Reply | undefined {
  switch (answer.kind) {
    case 'challenge':
      return { code: 'Access-Challenge', attributes: [...eapAttributes(answer.eap), { type: STATE, value: answer.state }] }
    case 'accept':
      return {
        code: 'Access-Accept',
        attributes: [...eapAttributes(answer.eap), ...mppeAttributes(keysOfMsk(answer.msk), authenticatorOf(packet), SECRET)],
      }
    case 'reject':
      return { code: 'Access-Reject', attributes: eapAttributes(answer.eap) }
    case 'discard':
      return undefined
  }
}

function eapAttributes(eap: Buffer): Attribute[] {
  const attributes: Attribute[] = []
  for (let at = 0; at < eap.length; at += VALUE_OCTETS_MAX)
    attributes.push({ type: EAP_MESSAGE, value: eap.subarray(at, at + VALUE_OCTETS_MAX) })
  return attributes
}
