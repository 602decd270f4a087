/**
 * FreeRADIUS as a peer: its own configuration folder on a loopback port, users from a file, debug and logging off.
 * `max_requests` is raised: with the default of 256 it drops what is over that within its five seconds of duplicate memory.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, PASSWORD, SECRET, USER, type Ports, type Used } from './radius-server.ts'

const PROGRAM = '/usr/sbin/freeradius'
const MODULES = '/usr/lib/freeradius'
/** Linux counts process time in hundredths of a second (USER_HZ). */
const TICK_MICROSECONDS = 10_000

export const hasFreeradius = (): boolean => existsSync(PROGRAM)

export type Freeradius = { ports: Ports; used(): Promise<Used>; kill(): Promise<void> }

export async function startFreeradius(stateDir: string): Promise<Freeradius> {
  const folder = join(stateDir, 'freeradius')
  const authPort = await freePort()
  mkdirSync(folder)
  writeFileSync(join(folder, 'radiusd.conf'), configuration(folder, authPort), { mode: 0o600 })
  // The same four attributes as our own reply, so that the packets are of one size.
  writeFileSync(
    join(folder, 'users'),
    `${USER} Cleartext-Password := "${PASSWORD}"
\tSession-Timeout = 43200, Acct-Interim-Interval = 300, Class = "group=", Reply-Message = "Selamat datang. Anda sudah terhubung."
`,
    { mode: 0o600 },
  )
  const child = spawn(PROGRAM, ['-f', '-d', folder, '-n', 'radiusd'], { stdio: 'ignore' })
  await once(child, 'spawn')
  return {
    ports: { authPort, acctPort: 0 },
    async used() {
      // Fields 14 and 15 of proc(5) stat; the name in brackets before them may hold spaces.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return { cpuMicroseconds: (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS, recorded: 0 }
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

const configuration = (folder: string, port: number): string => `
prefix = ${folder}
localstatedir = ${folder}
logdir = ${folder}
libdir = ${MODULES}
pidfile = ${folder}/pid
log {
  destination = files
  file = ${folder}/log
}
max_requests = 65536
thread pool {
  start_servers = 4
  max_servers = 8
}
client generator {
  ipaddr = 127.0.0.1
  secret = ${SECRET}
  require_message_authenticator = yes
}
modules {
  files {
    usersfile = ${folder}/users
  }
  pap {
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
`
