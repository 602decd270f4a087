/** EAP-TLS: nothing inside but the certificate. RFC 5216 with TLS 1.2, RFC 9190 with TLS 1.3. */
import { judgeCertificate } from './certificate.ts'
import { refused, type Inside, type InsideStep } from './inside.ts'
import type { EapAccounts } from './port.ts'
import type { Tunnel } from './tunnel.ts'

/** RFC 9190 §2.5: the protected success indication, one octet of application data. */
const SUCCESS_INDICATION = Buffer.of(0)

export function insideTls({ tunnel, accounts }: { tunnel: Tunnel; accounts: EapAccounts }): Inside {
  let identity: Buffer | undefined
  let proven: InsideStep | undefined

  return {
    established() {
      const judgement = judgeCertificate(tunnel.peerCertificate(), tunnel.verifyError())
      identity = judgement.identity
      if (!judgement.ok) return { kind: 'refused', reason: judgement.reason, alert: judgement.alert }
      const { serial, purpose } = judgement
      if (!accounts.knowsCertificate({ identity: judgement.identity, serial, purpose }))
        return { kind: 'refused', reason: 'certificate-holder-unknown', alert: 'access_denied' }
      proven = { kind: 'proved', identity: judgement.identity, certificateSerial: serial }
      return tunnel.version() === 'TLSv1.3' ? { kind: 'say', cleartext: SUCCESS_INDICATION } : { kind: 'wait' }
    },
    received: async () => refused('malformed'),
    acknowledged: () => proven ?? refused('malformed'),
    tried: () => ({ inner: undefined, identity }),
  }
}
