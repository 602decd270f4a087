/** SNMPv2c by snmp-native. Its own getSubtree asks name by name and without bound, so its packets are made here. */
import { isIPv6 } from 'node:net'
import { DataTypes, Packet, Session, type NativeVarbind } from 'snmp-native'
import { listenOnlyTo } from './guarded-socket.ts'
import { numbersOf } from './oid.ts'
import { openQuestions } from './questions.ts'
import { ANSWER_MILLISECONDS, SnmpError, TRIES, type Oid, type SnmpSession, type SnmpValue, type Varbind } from './port.ts'

const GET = 0
const GET_BULK = 5
const NULL = { type: DataTypes['Null']!, value: null }

export function openV2c(at: { address: string; port: number }, { community }: { community: string }): SnmpSession {
  const timeouts = Array.from({ length: TRIES }, () => ANSWER_MILLISECONDS)
  const session = new Session({ host: at.address, port: at.port, family: isIPv6(at.address) ? 'udp6' : 'udp4', community, timeouts })
  const questions = openQuestions()
  // What it cannot read it emits as an error, which without a listener ends the program.
  session.on('error', questions.sawRubbish)
  listenOnlyTo(session.socket!, at, questions.sawRubbish)

  const ask = async (type: number, oids: readonly Oid[], repetitions = 0): Promise<Varbind[]> => {
    const packet = new Packet()
    packet.community = community
    packet.pdu.type = type
    packet.pdu.errorIndex = repetitions
    packet.pdu.varbinds = oids.map((oid) => ({ oid: numbersOf(oid), ...NULL }))
    const varbinds = await questions.ask<NativeVarbind[]>((resolve, reject) => {
      session.sendMsg(packet, {}, (error, varbinds) => {
        if (error) reject(errorOf(error))
        else resolve(varbinds ?? [])
      })
    })
    return varbinds.map(({ oid, ...varbind }) => ({ oid: oid.join('.'), value: valueOf(varbind) }))
  }

  return {
    get: (oids) => ask(GET, oids),
    bulk: (oids, repetitions) => ask(GET_BULK, oids, repetitions),
    close() {
      if (questions.close()) session.close()
    },
  }
}

/** Its errors are told apart by their words alone. */
function errorOf({ message }: Error): SnmpError {
  if (message === 'Timeout') return new SnmpError('no-answer', 'no answer')
  // Sending failed: the network is unreachable, or the kernel has no room.
  if (/^(send|bind|getaddrinfo) /.test(message)) return new SnmpError('no-answer', message)
  return new SnmpError('refused', message)
}

const NUMBERS = ['Integer', 'Counter', 'Gauge', 'TimeTicks', 'Counter64'].map((name) => DataTypes[name])

/** It makes a float of a Counter64 and text of an octet string; the octets themselves are beside it. */
function valueOf({ type, value, valueRaw }: Omit<NativeVarbind, 'oid'>): SnmpValue {
  if (NUMBERS.includes(type)) return valueRaw.length === 0 ? undefined : integerOf(valueRaw, type === DataTypes['Integer'])
  if (type === DataTypes['OctetString'] || type === DataTypes['IpAddress'] || type === DataTypes['Opaque']) return valueRaw
  return type === DataTypes['ObjectIdentifier'] ? (value as number[]).join('.') : undefined
}

/** BER: most significant octet first (X.690 §8.3); of SNMP's numbers only INTEGER has a sign. */
function integerOf(octets: Uint8Array, signed: boolean): bigint {
  const value = BigInt(`0x${Buffer.from(octets).toString('hex')}`)
  return signed ? BigInt.asIntN(8 * octets.length, value) : value
}
