/**
 * FreeRADIUS as a peer: its own configuration folder on loopback ports, debug and logging off. Users from a file; accounting
 * by its own shipped queries into SQLite, write-ahead log and full synchronisation, as ours has it.
 * `max_requests` is raised: with the default of 256 it drops what is over that within its five seconds of duplicate memory.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { freePort } from '#test/support/free-port.ts'
import { PASSWORD, SECRET, USER } from './facts.ts'
import { killed, pin, SERVER_CORE, type Server } from './processes.ts'

const PROGRAM = '/usr/sbin/freeradius'
const MODULES = '/usr/lib/freeradius'
/** Schema and queries of Debian package freeradius-config. */
const SQL = '/etc/freeradius/3.0/mods-config/sql/main/sqlite'

export const hasFreeradius = (): boolean => existsSync(PROGRAM) && existsSync(SQL)

export async function startFreeradius(stateDir: string): Promise<Server> {
  const folder = join(stateDir, 'freeradius')
  mkdirSync(folder)
  const ports = { authPort: await freePort(), acctPort: await freePort() }
  writeFileSync(join(folder, 'radiusd.conf'), configuration(folder, ports.authPort, ports.acctPort), { mode: 0o600 })
  // The same four attributes as our own reply, of the same lengths.
  writeFileSync(
    join(folder, 'users'),
    `${USER} Cleartext-Password := "${PASSWORD}"
\tSession-Timeout = 43200, Acct-Interim-Interval = 300, Class = "bc1 0123456789abcdef -", Reply-Message = "Selamat datang. Anda sudah terhubung."
`,
    { mode: 0o600 },
  )
  const db = new Database(join(folder, 'radius.db'))
  // Stays so in the file; synchronous = FULL is what SQLite is built with.
  db.pragma('journal_mode = WAL')
  db.exec(readFileSync(join(SQL, 'schema.sql'), 'utf8'))
  db.close()
  const child = spawn(PROGRAM, ['-f', '-d', folder, '-n', 'radiusd'], { stdio: 'ignore' })
  await once(child, 'spawn')
  pin(child.pid!, SERVER_CORE)
  return { name: 'FreeRADIUS', ports, pid: child.pid!, kill: () => killed(child) }
}

const configuration = (folder: string, authPort: number, acctPort: number): string => `
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
  min_spare_servers = 2
  max_spare_servers = 4
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
  expr {
  }
  sql {
    dialect = "sqlite"
    driver = "rlm_sql_sqlite"
    sqlite {
      filename = ${folder}/radius.db
      busy_timeout = 5000
    }
    radius_db = "radius"
    acct_table1 = "radacct"
    acct_table2 = "radacct"
    postauth_table = "radpostauth"
    authcheck_table = "radcheck"
    groupcheck_table = "radgroupcheck"
    authreply_table = "radreply"
    groupreply_table = "radgroupreply"
    usergroup_table = "radusergroup"
    client_table = "nas"
    group_attribute = "SQL-Group"
    delete_stale_sessions = yes
    pool {
      start = 1
      min = 1
      max = 8
      spare = 1
      uses = 0
      lifetime = 0
      idle_timeout = 60
    }
    $INCLUDE ${SQL}/queries.conf
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${authPort}
  }
  listen {
    type = acct
    ipaddr = 127.0.0.1
    port = ${acctPort}
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
  preacct {
    update request {
      Acct-Unique-Session-Id := "%{md5:%{Acct-Session-Id},%{NAS-Identifier},%{Packet-Src-IP-Address}}"
    }
  }
  accounting {
    sql
  }
}
`
