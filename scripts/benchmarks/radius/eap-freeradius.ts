/** FreeRADIUS with EAP-TTLS and PAP inside, on one loopback port: the same certificate and TLS versions as ours, no session cache, no log. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Parts = {
  folder: string
  port: number
  secret: string
  user: string
  password: string
  key: string
  certificates: string
  authority: string
}

/** Writes the configuration folder for `freeradius -d <folder> -n radiusd`. */
export function writeFreeradiusEap({ folder, port, secret, user, password, key, certificates, authority }: Parts): void {
  mkdirSync(folder)
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const users = file('users', `${user} Cleartext-Password := "${password}"\n`)
  const tls = `
      private_key_file = ${file('server.key', key)}
      certificate_file = ${file('server.pem', certificates)}
      ca_file = ${file('authority.pem', authority)}
      ecdh_curve = "prime256v1"
      tls_min_version = "1.2"
      tls_max_version = "1.3"
      fragment_size = 1024
      cache {
        enable = no
      }`
  file('radiusd.conf', configuration({ folder, port, secret, users, tls }))
}

const configuration = ({
  folder,
  port,
  secret,
  users,
  tls,
}: Record<'folder' | 'secret' | 'users' | 'tls', string> & { port: number }): string => `
prefix = ${folder}
localstatedir = ${folder}
logdir = ${folder}
libdir = /usr/lib/freeradius
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
  secret = ${secret}
}
modules {
  files {
    usersfile = ${users}
  }
  pap {
  }
  eap {
    default_eap_type = ttls
    max_sessions = 4096
    tls-config tls-common {${tls}
    }
    ttls {
      tls = tls-common
      default_eap_type = md5
      virtual_server = inside
      include_length = yes
    }
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    eap {
      ok = return
    }
  }
  authenticate {
    eap
  }
}
server inside {
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
