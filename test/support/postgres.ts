/** A private PostgreSQL for one test file: its own cluster in a temporary folder, loopback only, gone at the end. */
import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

export type TestPostgres = { url: string; stop: () => Promise<void> }

const START_MILLISECONDS = 30_000

/** Why it cannot run here, or null. Tests pass it to `skip`, which prints it. */
export function postgresMissing(): string | null {
  const bin = binaries()
  if (!bin) return 'PostgreSQL is not installed (apt-get install postgresql)'
  if (isRoot() && !unprivileged()) return 'running as root and there is no user "postgres" to run the server as'
  return null
}

/** `more`: settings (`name=value`) that go over those of a test server, which is small and does not wait for its disk. */
export async function startPostgres(more: readonly string[] = []): Promise<TestPostgres> {
  const missing = postgresMissing()
  if (missing) throw new Error(missing)
  const bin = binaries()!
  const folder = mkdtempSync(join(tmpdir(), 'broadband-city-pg-'))
  const user = isRoot() ? unprivileged()! : null
  if (user) chownSync(folder, user.uid, user.gid)
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...as,
    stdio: 'pipe',
    cwd: folder,
  })
  const port = await freePort()
  const settings = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'shared_buffers=16MB',
    'max_connections=60',
    'fsync=off',
    ...more,
  ]
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])], {
    ...as,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    await ready(server)
  } catch (error) {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = once(server, 'exit')
        // SIGQUIT: at once; nothing of this cluster is worth a checkpoint.
        server.kill('SIGQUIT')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(server: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`PostgreSQL did not start in time:\n${log}`)), START_MILLISECONDS)
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended (${String(code)}):\n${log}`)))
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-8_000)
      if (text.includes('ready to accept connections')) {
        clearTimeout(timeout)
        resolve()
      }
    })
  })
}

function binaries(): string | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const newest = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0]
  const bin = newest ? join(root, newest, 'bin') : null
  return bin && existsSync(join(bin, 'initdb')) ? bin : null
}

const isRoot = () => process.getuid?.() === 0

function unprivileged(): { uid: number; gid: number } | null {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' })))
    return { uid: uid!, gid: gid! }
  } catch {
    return null
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('no port')
  return address.port
}
