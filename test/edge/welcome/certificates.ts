import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export type Issued = { certificate: string; key: string }

type Wish = {
  /** Common name; for a server also what no phone looks at. */
  cn: string
  /** Absent: signed by itself. */
  by?: Issued
  authority?: boolean
  /** Alternative names of a server. */
  names?: string[]
  days?: number
  usage?: string
  key?: string[]
}

const P256 = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** Certificates as an authority would make them, by openssl. */
export function certificateMaker(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'certificates-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] }).toString()

  return function issue({ cn, by, authority = false, names = [], days = 90, usage = 'serverAuth', key = P256 }: Wish): Issued {
    const privateKey = openssl('genpkey', '-algorithm', ...key)
    writeFileSync(join(dir, 'key.pem'), privateKey)
    writeFileSync(
      join(dir, 'ext.cnf'),
      authority
        ? 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n'
        : `basicConstraints=CA:FALSE\nextendedKeyUsage=${usage}\n${names.length > 0 ? `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n` : ''}`,
    )
    openssl('req', '-new', '-key', 'key.pem', '-subj', `/CN=${cn}`, '-out', 'ask.csr')
    if (by) {
      writeFileSync(join(dir, 'ca.pem'), by.certificate)
      writeFileSync(join(dir, 'ca.key'), by.key)
    }
    const signer = by ? ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'] : ['-signkey', 'key.pem']
    openssl('x509', '-req', '-in', 'ask.csr', ...signer, '-days', String(days), '-extfile', 'ext.cnf', '-out', 'out.pem')
    return { certificate: readFileSync(join(dir, 'out.pem'), 'utf8'), key: privateKey }
  }
}
