/** What a person at the terminal can do something about, in one line that says what; anything else with its trace. Pure. */
import { StartProblem } from './platform/db/newer.ts'

type Fault = { code?: unknown; port?: unknown; address?: unknown; hostname?: unknown; path?: unknown; message?: unknown }

export function startProblem(error: unknown): string {
  if (error instanceof StartProblem) return error.message
  const known = lineFor((typeof error === 'object' && error !== null ? error : {}) as Fault)
  return known ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
}

function lineFor(fault: Fault): string | undefined {
  const word = (value: unknown, otherwise: string) => (typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise)
  const path = word(fault.path, 'the data folder')
  const place = `${word(fault.address ?? fault.hostname, '?')}${fault.port === undefined ? '' : `:${word(fault.port, '?')}`}`
  switch (fault.code) {
    case 'EADDRINUSE':
      return `Port ${word(fault.port, '?')} on ${word(fault.address, 'this address')} is taken by another program. Stop it, or choose another port (--port, --mqtt-port, --mqtts-port).`
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${word(fault.address, '?')}. Choose one of its own (--host, --mqtts-host; see: ip address).`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (fault.port !== undefined) return `Port ${word(fault.port, '?')} needs more rights than this user has. Choose one above 1023.`
      return `No permission for ${path}. Let this user own it, or choose another folder (--data).`
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
    case 'SQLITE_READONLY_DIRECTORY':
      return 'The database in the data folder cannot be opened for writing. Let this user own the folder and its files, or choose another (--data).'
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return `${path} is in the way: the data folder must be a folder. Choose another (--data).`
    case 'SQLITE_NOTADB':
    case 'SQLITE_CORRUPT':
      return 'The database file in the data folder is damaged or is none of ours. Restore it from the backup, or choose another folder (--data).'
    case 'SQLITE_BUSY':
      return 'The database in the data folder is in use by another program. Stop it and start again.'
    case 'ENOSPC':
    case 'SQLITE_FULL':
      return 'The disk is full. Free some space (df -h) and start again.'
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `The database at ${place} does not answer. Check DATABASE_URL and that PostgreSQL runs there.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Nobody knows the database's host ${word(fault.hostname, '?')}. Check DATABASE_URL and the name service.`
    // PostgreSQL's own codes (SQLSTATE, appendix A): invalid_authorization, invalid_password, invalid_catalog_name, insufficient_privilege.
    case '28000':
    case '28P01':
      return 'The database refuses this user or password. Check DATABASE_URL.'
    case '3D000':
      return 'There is no database of that name. Create it (createdb), or check DATABASE_URL.'
    case '42501':
      return "The database's user may not create tables there. Make it the owner of its database."
    default:
      // node-postgres says this without a code.
      return /timeout exceeded when trying to connect|connection timeout/.test(word(fault.message, ''))
        ? 'The database does not answer in time. Check DATABASE_URL and that PostgreSQL can be reached from here.'
        : undefined
  }
}
