/** The little of two packages without types that the collectors use. */
declare module 'snmp-native' {
  import type { Socket } from 'node:dgram'
  export type NativeVarbind = { oid: number[]; type: number; value: unknown; valueRaw: Buffer }
  export class Packet {
    version: number
    community: string
    pdu: {
      /** 0 get, 1 get-next, 5 get-bulk (RFC 3416 §3). */
      type: number
      /** In a get-bulk: non-repeaters and max-repetitions. */
      error: number
      errorIndex: number
      varbinds: { oid: number[]; type: number; value: null }[]
    }
  }
  type Options = { host: string; port: number; family: 'udp4' | 'udp6'; community: string; timeouts: number[] }
  export class Session {
    socket: Socket | undefined
    constructor(options: Options)
    on(event: 'error', listener: (error: Error) => void): void
    sendMsg(packet: Packet, options: object, callback: (error: Error | null, varbinds?: NativeVarbind[]) => void): void
    close(): void
  }
  export const DataTypes: Record<string, number>
}

declare module 'net-snmp' {
  import type { Socket } from 'node:dgram'
  export type NetVarbind = { oid: string; type: number; value: unknown }
  type User = { name: string; level: number; authProtocol: string; authKey: string; privProtocol: string; privKey: string }
  type Answer<T> = (error: (Error & { code?: number; status?: number }) | null, varbinds?: T) => void
  export class Session {
    dgram: Socket
    /** Called with each answer whose number fits. */
    onSimpleGetResponse(
      request: { responseCb: (error: Error) => void },
      message: { hasAuthentication(): boolean; hasPrivacy(): boolean },
    ): void
    on(event: 'error', listener: (error: unknown) => void): void
    get(oids: readonly string[], answer: Answer<NetVarbind[]>): void
    getBulk(oids: readonly string[], nonRepeaters: number, maxRepetitions: number, answer: Answer<NetVarbind[][]>): void
    cancelRequests(error: Error): void
    close(): void
  }
  const snmp: {
    createV3Session(target: string, user: User, options: object): Session
    Authentication: { authToKeyCache: Record<string, Buffer> }
    SecurityLevel: Record<'authPriv', number>
    AuthProtocols: Record<'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512', string>
    PrivProtocols: Record<'aes' | 'aes256b' | 'aes256r', string>
    ObjectType: Record<string, number>
    ResponseInvalidCode: Record<string, number>
    RequestTimedOutError: new (message: string) => Error & { name: 'RequestTimedOutError' }
    RequestFailedError: new (message: string, status: number) => Error & { name: 'RequestFailedError' }
    ResponseInvalidError: new (message: string, code: number) => Error & { name: 'ResponseInvalidError'; code: number }
  }
  export default snmp
}
