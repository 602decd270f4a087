/** What the NOC needs of a broker, embedded or not. */
import type { Packet } from './decode.ts'
import type { Refused } from './quarantine.ts'

export type Broker = {
  start(): Promise<void>
  /** QoS 1. Resolves when the broker has it, which is not a promise that the box has it. */
  publish(topic: string, payload: Buffer, options?: { retain?: boolean }): Promise<void>
  /** Boxes connected here, with the hash of the token each came in with; empty for a broker elsewhere. */
  present(): ReadonlyMap<string, string>
  /** False for a box that is known not to be connected; a broker elsewhere does not say. */
  reaches(node: string): boolean
  /** Ends a box's connection; where the broker is another process, its own ACL has to. */
  disconnect(node: string): void
  /** The port really listened on; undefined for a broker elsewhere. */
  port(): number | undefined
  connected(): boolean
  stop(): Promise<void>
}

export type BrokerHandlers = {
  onPacket: (packet: Packet) => void
  onRefused: (refused: Omit<Refused, 'receivedAt'>) => void
  onProblem: (what: string, error: unknown) => void
}
