/** SNMPv3 with authentication and privacy (RFC 3414, 3826, 7860) by net-snmp. Less than authPriv is not offered. */
import { isIPv6 } from 'node:net'
import snmp, { type NetVarbind, type Session } from 'net-snmp'
import type { SnmpV3 } from '../../config.ts'
import { listenOnlyTo } from './guarded-socket.ts'
import { openQuestions } from './questions.ts'
import { ANSWER_MILLISECONDS, SnmpError, TRIES, type SnmpSession, type SnmpValue, type Varbind } from './port.ts'

export function openV3(at: { address: string; port: number }, { user, auth, priv }: SnmpV3): SnmpSession {
  const session = snmp.createV3Session(
    at.address,
    {
      name: user,
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols[auth.protocol],
      authKey: auth.key,
      privProtocol: snmp.PrivProtocols[priv.protocol],
      privKey: priv.key,
    },
    // Walks look at the order themselves.
    { port: at.port, transport: isIPv6(at.address) ? 'udp6' : 'udp4', timeout: ANSWER_MILLISECONDS, retries: TRIES - 1 },
  )
  refuseUnprotected(session)
  boundKeyCache()
  const questions = openQuestions()
  session.on('error', questions.sawRubbish)
  listenOnlyTo(session.dgram, at, questions.sawRubbish)

  const ask = <T>(send: (answer: (error: Error | null, value?: T[]) => void) => void): Promise<T[]> =>
    questions.ask((resolve, reject) => send((error, value) => (error ? reject(errorOf(error)) : resolve(value ?? []))))

  return {
    get: async (oids) => (await ask<NetVarbind>((answer) => session.get(oids, answer))).map(varbindOf),
    async bulk(oids, repetitions) {
      const columns = await ask<NetVarbind[]>((answer) => session.getBulk(oids, 0, repetitions, answer))
      const rows = Math.max(0, ...columns.map((column) => column.length))
      const varbinds: Varbind[] = []
      for (let row = 0; row < rows; row++) varbinds.push(...columns.flatMap((column) => column[row] ?? []).map(varbindOf))
      return varbinds
    },
    close() {
      if (!questions.close()) return
      // Its own close leaves the requests' timers running.
      session.cancelRequests(new snmp.RequestTimedOutError('given up'))
      session.close()
    },
  }
}

/** It takes an answer without authentication as one to its authenticated question: anybody could give that. */
function refuseUnprotected(session: Session): void {
  const take = session.onSimpleGetResponse.bind(session)
  session.onSimpleGetResponse = (request, message) => {
    if (message.hasAuthentication() && message.hasPrivacy()) take(request, message)
    else request.responseCb(new snmp.ResponseInvalidError('an unprotected answer', snmp.ResponseInvalidCode['EAuthFailure']!))
  }
}

/** Two keys for each device, made from a megabyte of hashing; it keeps them for ever, also of devices that make up a new engine each time. */
const KEYS_MAX = 64
function boundKeyCache(): void {
  const kept = snmp.Authentication.authToKeyCache
  const names = Object.keys(kept)
  if (names.length > KEYS_MAX) for (const name of names) delete kept[name]
}

/** Reports of the user-based security model (RFC 3414 §3.2): unknown user, wrong key; an answer that our own key does not fit is the same. */
const AUTH = ['EAuthFailure', 'ECouldNotDecrypt', 'ENotInTimeWindow'].map((name) => snmp.ResponseInvalidCode[name])

function errorOf(error: Error): SnmpError {
  if (error instanceof snmp.RequestTimedOutError) return new SnmpError('no-answer', 'no answer')
  if (error instanceof snmp.RequestFailedError) return new SnmpError('refused', error.message)
  if (error instanceof snmp.ResponseInvalidError)
    return AUTH.includes(error.code) ? new SnmpError('auth', 'user or keys are refused') : new SnmpError('unreadable', 'a wrong answer')
  return new SnmpError('no-answer', error.message)
}

const { Integer, Counter, Gauge, TimeTicks, Counter64, OctetString, OID } = snmp.ObjectType

function varbindOf({ oid, type, value }: NetVarbind): Varbind {
  return { oid, value: valueOf(type, value) }
}

function valueOf(type: number, value: unknown): SnmpValue {
  if (type === Integer || type === Counter || type === Gauge || type === TimeTicks)
    return Number.isInteger(value) ? BigInt(value as number) : undefined
  // Eight octets at most, or nine with a leading zero; it hands over those that were sent.
  if (type === Counter64 && Buffer.isBuffer(value)) return value.length === 0 ? undefined : BigInt(`0x${value.toString('hex')}`)
  if (type === OctetString && Buffer.isBuffer(value)) return value
  return type === OID && typeof value === 'string' ? value : undefined
}
