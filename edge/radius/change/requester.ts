/** The socket that asks access points for changes and matches their answers. Whatever else arrives changes nothing. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { AUTHENTICATOR_AT, AUTHENTICATOR_OCTETS } from '../packet.ts'
import { changeRequest, readAnswer, type Asked, type ChangeRequest } from './request.ts'
import type { ChangeEvent } from './rules.ts'
import type { SharedSecret } from '../secret.ts'

/** A whole hotspot disconnected at once; beyond it the rest waits for the next look. */
const OUTSTANDING_MAX = 1024
/** Past the longest wait between two tries nobody answers the first one any more. */
const PATIENCE_MS = 70_000

type Target = { address: string; port: number; secret: SharedSecret }
type Answer = Extract<ChangeEvent, { is: 'ack' | 'nak' }>

export type Requester = {
  /** False when it could not be sent: too many at once. `onAnswer` is called at most once. */
  send(target: Target, request: Omit<ChangeRequest, 'identifier'>, onAnswer: (answer: Answer) => void): boolean
  close(): Promise<void>
}

type Outstanding = Asked & { onAnswer: (answer: Answer) => void; sentAt: number }

/** @throws Error when no socket can be had. */
export async function openRequester(host: string, onForged: () => void, onError: () => void): Promise<Requester> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' })
  const outstanding = new Map<string, Outstanding>()
  let next = 0
  socket.on('error', onError)
  socket.on('message', (octets, { address, port }) => {
    const key = keyOf(address, port, octets[1] ?? 0)
    const asked = outstanding.get(key)
    const answer = asked && readAnswer(octets, asked)
    if (!asked || !answer) return onForged()
    outstanding.delete(key)
    asked.onAnswer(answer)
  })
  const listening = once(socket, 'listening')
  socket.bind({ address: host, port: 0 })
  await listening

  const forgetOld = (now: number): void => {
    for (const [key, { sentAt }] of outstanding) {
      if (now - sentAt < PATIENCE_MS) return
      outstanding.delete(key)
    }
  }

  return {
    send({ address, port, secret }, request, onAnswer) {
      const now = performance.now()
      forgetOld(now)
      if (outstanding.size >= OUTSTANDING_MAX) return false
      const identifier = freeIdentifier(outstanding, address, port, next)
      if (identifier === undefined) return false
      next = (identifier + 1) & 255
      const octets = changeRequest({ ...request, identifier }, secret)
      if (octets === undefined) return false
      const authenticator = Uint8Array.from(octets.subarray(AUTHENTICATOR_AT, AUTHENTICATOR_AT + AUTHENTICATOR_OCTETS))
      outstanding.set(keyOf(address, port, identifier), { kind: request.kind, authenticator, secret, onAnswer, sentAt: now })
      socket.send(octets, port, address, (error) => {
        if (error) onError()
      })
      return true
    },
    close: () => new Promise((closed) => socket.close(closed)),
  }
}

const keyOf = (address: string, port: number, identifier: number): string => `${address} ${port} ${identifier}`

function freeIdentifier(outstanding: ReadonlyMap<string, unknown>, address: string, port: number, from: number): number | undefined {
  for (let i = 0; i < 256; i++) {
    const identifier = (from + i) & 255
    if (!outstanding.has(keyOf(address, port, identifier))) return identifier
  }
  return undefined
}
