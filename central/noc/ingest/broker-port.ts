/** What the NOC needs of a broker, embedded or not. */
import type { Packet } from './decode.ts'
import type { Refused } from './quarantine.ts'

export type Broker = {
  start(): Promise<void>
  /** QoS 1. Resolves when the broker has it, which is not a promise that the box has it. */
  publish(topic: string, payload: Buffer, options?: { retain?: boolean }): Promise<void>
  /** Boxes connected here, with what each came in with; empty for a broker elsewhere. */
  present(): ReadonlyMap<string, Credential>
  /** What a box that is connected here came in with. */
  credential(node: string): Credential | undefined
  /** False for a box that is known not to be connected; a broker elsewhere does not say. */
  reaches(node: string): boolean
  /** Ends a box's connection; at a broker elsewhere only where central comes in by certificate. */
  disconnect(node: string): void
  /** The ports really listened on, for tokens and for certificates; undefined for a broker elsewhere. */
  port(): number | undefined
  securePort(): number | undefined
  /** Makes its own certificate anew when that is due. */
  tend(): Promise<void>
  connected(): boolean
  stop(): Promise<void>
}

/** `hash`: of a token · `serial` and end: of a certificate. */
export type Credential = { kind: 'token'; hash: string } | { kind: 'certificate'; serial: string; notAfter: number }

export type BrokerHandlers = {
  onPacket: (packet: Packet) => void
  onRefused: (refused: Omit<Refused, 'receivedAt'>) => void
  onProblem: (what: string, error: unknown) => void
}
