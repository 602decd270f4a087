/** The little of npm's `radius` 1.1.4 that the tests use; it ships no types. */
declare module 'radius' {
  type Attributes = [name: string, value: string | number | Buffer][]
  export type Decoded = { code: string; identifier: number; authenticator: Buffer; attributes: Record<string, unknown> }
  type Radius = {
    decode(args: { packet: Buffer; secret: string }): Decoded
    encode(args: { code: string; secret: string; identifier?: number; attributes: Attributes; add_message_authenticator?: boolean }): Buffer
    encode_response(args: { packet: Decoded; code: string; secret: string; attributes: Attributes }): Buffer
    /** False when wrong; undefined, not true, when a Message-Authenticator was right. */
    verify_response(args: { request: Buffer; response: Buffer; secret: string }): boolean | undefined
    load_dictionaries(): void
    attr_name_to_id(name: string): string | undefined
  }
  const radius: Radius
  export default radius
}
