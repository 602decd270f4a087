/** The one place that loads the certificate library: it needs a polyfill before it and a WebCrypto after it. */
import 'reflect-metadata'
import { cryptoProvider } from '@peculiar/x509'

cryptoProvider.set(crypto)

export {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as WrittenCertificate,
  X509CertificateGenerator,
  X509CrlGenerator,
  X509CrlReason,
  type Extension,
} from '@peculiar/x509'
