/** Reads the box's certificate files, at the start, when they change and once an hour, and says which certificate is in force. */
import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import type { Moment, Now } from '../sessions/moment.ts'
import type { Notices } from '../telemetry/port.ts'
import { judgeCertificate, type Judgement } from './certificate.ts'

export type CertificateFiles = { name: string; certificateFile: string; keyFile: string }
type Pem = { chain: string; key: string }

export type CertificateWatchDeps = {
  files: CertificateFiles
  now: Now
  /** HTTPS goes on, or begins, with this. @throws when it cannot; the certificate then counts as refused. */
  use: (pem: Pem) => Promise<void>
  /** The one in use is over and there is no other. */
  stop: () => Promise<void>
  notices: Notices | undefined
  log: (line: string) => void
}

/** Two stat calls; a new certificate serves within twice this. */
const LOOK_MS = 5_000
/** A file system whose times do not move is still read now and then. */
const READ_AGAIN_MS = 3_600_000
/** A clock that was set by more than this makes dates mean something else. */
const CLOCK_STEP_MS = 60_000
/** Ten long chains; a file beyond is not a certificate. */
const FILE_BYTES_MAX = 65_536
const NOT_THERE = 'not there'

/** Returns after the first look. `look` is for tests: the watch looks by itself. */
export async function watchCertificate(deps: CertificateWatchDeps) {
  const { files, now, use, stop, notices, log } = deps
  let inUse: { pem: Pem; until: number } | undefined
  let lastRefusal: string | undefined
  let read: { stamp: string; at: Moment } | undefined
  let seen: string | undefined

  async function look(): Promise<void> {
    const stamp = await stampOf(files)
    const at = now()
    if (isDue(stamp, at)) await readAgain(stamp, at)
    seen = stamp
    if (inUse && inUse.until <= at.at) {
      inUse = undefined
      refuse(`the one in use expired and no other took its place`)
      await stop()
    }
  }

  /** A change is read when it has held still for one look: certificate and key are two files, and neither is written in one go. */
  function isDue(stamp: string, at: Moment): boolean {
    if (!read) return true
    if (stamp !== read.stamp) return stamp === seen
    const ran = at.mono - read.at.mono
    return ran >= READ_AGAIN_MS || Math.abs(at.at - read.at.at - ran) > CLOCK_STEP_MS
  }

  async function readAgain(stamp: string, at: Moment): Promise<void> {
    read = { stamp, at }
    // A box without a certificate is no fault: one may be installed any day.
    if (stamp === NOT_THERE && !inUse && lastRefusal === undefined) return
    const pem = await readBoth(files)
    const verdict: Judgement = pem ? judgeCertificate(pem, { name: files.name, at: at.at, roots: knownRoots() }) : UNREADABLE
    if (!verdict.ok || !pem) return refuse(verdict.ok ? UNREADABLE.reason : verdict.reason)
    const same = inUse?.pem.chain === pem.chain && inUse.pem.key === pem.key
    if (!same) {
      try {
        await use(pem)
      } catch (error) {
        // Its port may be free at the next look.
        read = undefined
        return refuse(`it cannot be served: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    inUse = { pem, until: verdict.until }
    if (same && lastRefusal === undefined) return
    lastRefusal = undefined
    const until = new Date(verdict.until).toISOString()
    log(`HTTPS: the certificate for ${files.name} is in use, until ${until}`)
    notices?.tell('certificate-in-use', { detail: `${files.name} until ${until}` })
  }

  function refuse(reason: string): void {
    if (reason === lastRefusal) return
    lastRefusal = reason
    log(`HTTPS: the certificate for ${files.name} is refused: ${reason}${inUse ? '; the last good one stays in use' : ''}`)
    notices?.tell('certificate-refused', { detail: reason.slice(0, 200) })
  }

  let looking: Promise<void> | undefined
  const lookInTurn = (): Promise<void> => (looking ??= look().finally(() => (looking = undefined)))
  await lookInTurn()
  const timer = setInterval(() => {
    lookInTurn().catch((error: unknown) => log(`HTTPS: the certificate could not be looked at: ${String(error)}`))
  }, LOOK_MS).unref()
  return {
    look: lookInTurn,
    async close(): Promise<void> {
      clearInterval(timer)
      await looking?.catch(() => undefined)
    },
  }
}

const UNREADABLE = { ok: false, reason: 'its files are missing, unreadable or too large' } as const

/** Follows links: an ACME client changes where they point. */
async function stampOf({ certificateFile, keyFile }: CertificateFiles): Promise<string> {
  const stamps = await Promise.all(
    [certificateFile, keyFile].map((file) =>
      stat(file).then(
        ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
        () => NOT_THERE,
      ),
    ),
  )
  return stamps.every((stamp) => stamp === NOT_THERE) ? NOT_THERE : stamps.join()
}

async function readBoth({ certificateFile, keyFile }: CertificateFiles): Promise<Pem | undefined> {
  try {
    for (const file of [certificateFile, keyFile]) if ((await stat(file)).size > FILE_BYTES_MAX) return undefined
    const [chain, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')])
    return { chain, key }
  } catch {
    return undefined
  }
}

/** Node's copy of Mozilla's list (and NODE_EXTRA_CA_CERTS), and what the machine's owner trusts. Read rarely, so not kept. */
function knownRoots(): X509Certificate[] {
  const pems = new Set([...getCACertificates('default'), ...getCACertificates('system')])
  return [...pems].flatMap((pem) => {
    try {
      return [new X509Certificate(pem)]
    } catch {
      return []
    }
  })
}
