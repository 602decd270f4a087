/** The supplicant of hostapd's authors, `eapol_test` (Debian package eapoltest), which also plays the access point. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { SECRET_TEXT } from '../client.ts'

/** In its own words; strings are quoted here. */
export type Network = {
  eap: 'TTLS' | 'PEAP' | 'TLS' | 'PWD'
  identity: string
  anonymous?: string
  password?: string
  phase2?: string
  phase1?: string
  tls?: '1.2' | '1.3'
  /** PEM of the authority the server's certificate must lead to. */
  authority: string
  client?: { key: string; certificate: string }
  fragment?: number
  /** Whether it may try to resume its TLS session at its next login of the same run; it does unless told. */
  fastReauthentication?: boolean
}

/** Only a failing test waits this long. */
const PATIENCE_SECONDS = 6

export type EapolRun = {
  /** Let in, and both ends derived the same keys. */
  succeeded: boolean
  /** Refused by EAP-Failure in an Access-Reject, not by silence. */
  refused: boolean
  output: string
}

export async function eapolTest(
  port: number,
  network: Network,
  more: { args?: string[]; secret?: string; prefix?: string[]; patienceSeconds?: number } = {},
): Promise<EapolRun> {
  const folder = mkdtempSync(join(tmpdir(), 'eapol-test-'))
  try {
    const file = (name: string, content: string): string => {
      const path = join(folder, name)
      writeFileSync(path, content, { mode: 0o600 })
      return path
    }
    const path = file('network.conf', configuration(network, file))
    const secret = more.secret ?? SECRET_TEXT
    const patience = String(more.patienceSeconds ?? PATIENCE_SECONDS)
    const own = ['-c', path, '-a', '127.0.0.1', '-p', String(port), '-s', secret, '-t', patience]
    const [program = '', ...args] = [...(more.prefix ?? []), 'eapol_test', ...own, ...(more.args ?? [])]
    const child = spawn(program, args, { cwd: folder })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')))
    await new Promise<void>((done, failed) => {
      child.on('error', failed)
      child.on('close', () => done())
    })
    return {
      succeeded: /^SUCCESS$/m.test(output) && !output.includes('MISMATCH'),
      refused: /^FAILURE$/m.test(output) && output.includes('code=3 (Access-Reject)') && /EAP: Received EAP-Failure|code=4/.test(output),
      output,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function configuration(network: Network, file: (name: string, content: string) => string): string {
  const { client, tls } = network
  const versions =
    tls &&
    `tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 tls_disable_tlsv1_2=${tls === '1.2' ? 0 : 1} tls_disable_tlsv1_3=${tls === '1.3' ? 0 : 1}`
  const phase1 = [versions, network.phase1].filter((one) => one !== undefined).join(' ')
  const lines = [
    'key_mgmt=WPA-EAP',
    `eap=${network.eap}`,
    `identity="${network.identity}"`,
    ...(network.anonymous === undefined ? [] : [`anonymous_identity="${network.anonymous}"`]),
    ...(network.password === undefined ? [] : [`password="${network.password}"`]),
    ...(network.phase2 === undefined ? [] : [`phase2="${network.phase2}"`]),
    ...(phase1 === '' ? [] : [`phase1="${phase1}"`]),
    ...(network.fragment === undefined ? [] : [`fragment_size=${network.fragment}`]),
    `ca_cert="${file('authority.pem', network.authority)}"`,
    ...(client ? [`client_cert="${file('client.pem', client.certificate)}"`, `private_key="${file('client.key', client.key)}"`] : []),
  ]
  return `${network.fastReauthentication === false ? 'fast_reauth=0\n' : ''}network={\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

export function needsEapolTest(t: TestContext): boolean {
  const missing = spawnSync('eapol_test', ['-v']).error !== undefined
  if (missing) t.skip('eapol_test is not installed (Debian package eapoltest)')
  return !missing
}
