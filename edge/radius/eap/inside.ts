/** What happens once the TLS tunnel stands: the part in which EAP-TTLS, PEAP and EAP-TLS differ. */
import type { AlertName } from './alert.ts'
import type { EapRejection, InnerMethod } from './port.ts'

export type InsideStep =
  | { readonly kind: 'say'; readonly cleartext: Buffer }
  /** Nothing of ours to say; what TLS itself has goes out, or an empty message that asks the peer to go on. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'proved'; readonly identity: Buffer; readonly inner?: InnerMethod; readonly certificateSerial?: string }
  | { readonly kind: 'refused'; readonly reason: EapRejection; readonly alert?: AlertName }
  /** The accounts cannot check just now; the peer's retransmission calls this. */
  | { readonly kind: 'busy'; again(): Promise<InsideStep> }

export type Inside = {
  /** The handshake is done; TLS's own last words, if any, are not sent yet. */
  established(): InsideStep
  received(cleartext: Buffer): Promise<InsideStep>
  /** The peer sent an empty message. */
  acknowledged(): InsideStep
  /** As far as it came, for the log of rejections. */
  tried(): { readonly inner: InnerMethod | undefined; readonly identity: Buffer | undefined }
}

export const refused = (reason: EapRejection): { kind: 'refused'; reason: EapRejection } => ({ kind: 'refused', reason })
