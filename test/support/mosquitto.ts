/** Debian's Mosquitto with the files provisioning renders, on a loopback port of its own. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authority } from '#central/pki/authority.ts'
import { freePort } from './free-port.ts'
import { mosquittoAcl, mosquittoConfig, mosquittoPassword, mosquittoTlsConfig } from '#provisioning/render/broker-acl.ts'

export type TestMosquitto = {
  port: number
  /** What an operator's `systemctl reload` does. */
  reload(): void
  log(): string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const BINARY = '/usr/sbin/mosquitto'
const START_MILLISECONDS = 10_000

export const mosquittoMissing = (): string | null => (existsSync(BINARY) ? null : 'Mosquitto is not installed (apt-get install mosquitto)')

/** `users`: name → password. `central` may do everything in our topics; the rest are boxes. `quiet`: without a line for every packet. */
export async function startMosquitto(
  central: string | readonly string[],
  users: Map<string, string>,
  at: { host: string; port?: number; quiet?: boolean } = { host: '127.0.0.1' },
): Promise<TestMosquitto> {
  const port = at.port ?? (await freePort(at.host))
  return running({ port, quiet: at.quiet ?? false }, (folder) => {
    const aclFile = join(folder, 'acl')
    const passwordFile = join(folder, 'passwords')
    writeFileSync(aclFile, mosquittoAcl(central))
    writeFileSync(passwordFile, [...users].map(([name, token]) => `${mosquittoPassword(name, token, randomBytes(12))}\n`).join(''))
    return mosquittoConfig({ listen: `${port} ${at.host}`, aclFile, passwordFile })
  })
}

/** By certificate. `crlFile` is kept by whoever plays central, and must be there. */
export async function startSecureMosquitto(
  central: string | readonly string[],
  authority: Authority,
  crlFile: string,
): Promise<TestMosquitto> {
  const port = await freePort('127.0.0.1')
  const own = await authority.issueOwn({ name: 'localhost', hosts: ['127.0.0.1'], purpose: 'broker' })
  return running({ port, quiet: false }, (folder) => {
    const put = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    return mosquittoTlsConfig({
      listen: `${port} 127.0.0.1`,
      aclFile: put('acl', mosquittoAcl(central)),
      authorityFile: put('authority.pem', authority.pem),
      certificateFile: put('broker.pem', own.certificate.pem),
      keyFile: put('broker.key', own.key),
      crlFile,
    })
  })
}

async function running({ port, quiet }: { port: number; quiet: boolean }, configIn: (folder: string) => string): Promise<TestMosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  // Started as root it becomes the user "mosquitto", who must be able to read these.
  chmodSync(folder, 0o755)
  const config = join(folder, 'mosquitto.conf')
  writeFileSync(config, configIn(folder))
  let server: ChildProcess | undefined

  let log = ''
  const start = async () => {
    const started = spawn(BINARY, ['-c', config, ...(quiet ? [] : ['-v'])], { stdio: ['ignore', 'ignore', 'pipe'] })
    server = started
    log = ''
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Mosquitto did not start:\n${log}`)), START_MILLISECONDS)
      started.once('exit', () => reject(new Error(`Mosquitto ended:\n${log}`)))
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-8_000)
        if (!/mosquitto version .* running/.test(log)) return
        clearTimeout(timer)
        resolve()
      })
    })
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  await start()
  return {
    port,
    start,
    reload: () => void server?.kill('SIGHUP'),
    log: () => log,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The password line as Mosquitto's own tool makes it. */
export function hashedByMosquitto(name: string, password: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-passwd-'))
  try {
    const file = join(folder, 'passwords')
    writeFileSync(file, `${name}:${password}\n`)
    execFileSync('/usr/bin/mosquitto_passwd', ['-U', file], { stdio: 'pipe' })
    return readFileSync(file, 'utf8').trim()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
