/** Reads the box's certificate files, at the start, when they change and once an hour, and says which certificate is in force. */
import { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import type { Moment, Now } from '../sessions/moment.ts'
import type { Notices } from '../telemetry/port.ts'
import { judgeCertificate } from './certificate.ts'

type CertificateFiles = { name: string; certificateFile: string; keyFile: string }
type Pem = { chain: string; key: string }

type CertificateWatchDeps = {
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
const LOOK_MS = 2_000
/** A file system whose times do not move is still read now and then. */
const READ_AGAIN_MS = 3_600_000
/** A clock that was set by more than this makes dates mean something else. */
const CLOCK_STEP_MS = 60_000
/** Ten long chains; a file beyond is not a certificate. */
const FILE_BYTES_MAX = 65_536
/** The wire's bound on a notice's words. */
const DETAIL_MAX = 200
const NOT_THERE = 'not there'

/** Returns after the first look. `look` is for tests: the watch looks by itself. */
export async function watchCertificate(deps: CertificateWatchDeps) {
  const { files, now, use, stop, notices, log } = deps
  let inUse: { pem: Pem; until: number } | undefined
  let read: { stamp: string; at: Moment } | undefined
  let seen: string | undefined
  /** Files and reason of the last refusal, so that each is told once. */
  let refusal: { stamp: string; reason: string } | undefined

  async function look(): Promise<void> {
    const stamp = await stampOf(files)
    const at = now()
    const isOver = () => inUse !== undefined && inUse.until <= at.at
    const reason = isOver() || isDue(stamp, at) ? await readAgain(stamp, at) : undefined
    seen = stamp
    if (reason !== undefined && (reason !== refusal?.reason || stamp !== refusal.stamp || isOver())) refuse({ stamp, reason }, isOver())
    if (!isOver()) return
    inUse = undefined
    await stop()
  }

  /** A change is read when it has held still for one look: certificate and key are two files, and neither is written in one go. */
  function isDue(stamp: string, at: Moment): boolean {
    if (!read) return true
    if (stamp !== read.stamp) return stamp === seen
    const ran = at.mono - read.at.mono
    return ran >= READ_AGAIN_MS || Math.abs(at.at - read.at.at - ran) > CLOCK_STEP_MS
  }

  /** @returns why what is in the files cannot be used. */
  async function readAgain(stamp: string, at: Moment): Promise<string | undefined> {
    read = { stamp, at }
    // A box without a certificate is no fault: one may be installed any day.
    if (stamp === NOT_THERE && !inUse && !refusal) return undefined
    const pem = await readBoth(files)
    if (!pem) return 'its files are missing, unreadable or too large'
    const verdict = judgeCertificate(pem, { name: files.name, at: at.at, roots: knownRoots() })
    if (!verdict.ok) return verdict.reason
    const same = inUse?.pem.chain === pem.chain && inUse.pem.key === pem.key
    try {
      if (!same) await use(pem)
    } catch (error) {
      // Its port may be free at the next look.
      read = undefined
      return `it cannot be served: ${error instanceof Error ? error.message : String(error)}`
    }
    inUse = { pem, until: verdict.until }
    if (!same || refusal) accept(verdict.until)
    return undefined
  }

  function accept(until: number): void {
    refusal = undefined
    const detail = `${files.name} until ${new Date(until).toISOString()}`
    log(`HTTPS: the certificate is in use: ${detail}`)
    notices?.tell('certificate-in-use', { detail })
  }

  function refuse(refused: { stamp: string; reason: string }, off: boolean): void {
    refusal = refused
    const detail = off ? `HTTPS is off: ${refused.reason}` : refused.reason
    log(`HTTPS: the certificate for ${files.name} is refused: ${detail}${inUse && !off ? '; the last good one stays in use' : ''}`)
    notices?.tell('certificate-refused', { detail: detail.slice(0, DETAIL_MAX) })
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
