/** A RADIUS server as the box runs it, with what it tells kept in memory. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EdgeConfig } from '#edge/config.ts'
import { makePasswordHash } from '#edge/radius/password.ts'
import { startRadius, type Radius, type RadiusParts } from '#edge/radius/server.ts'
import { decodeBody } from '#edge/wire/schemas.ts'
import type { Session } from '#edge/wire/session.ts'
import type { BoxLook } from './box-process.ts'
import { SECRET_TEXT } from './client.ts'

/** Real scrypt, made cheap: what is tested here is not its strength. */
const CHEAP = { N: 1024, r: 8, p: 1 }
export const USER = 'budi'
export const PASSWORD = 'kata-sandi-budi'

export const passwordHash: string = await makePasswordHash(PASSWORD, CHEAP)

export const radiusConfig = (more: Partial<EdgeConfig['radius']> = {}): EdgeConfig['radius'] => ({
  host: '127.0.0.1',
  authPort: 0,
  acctPort: 0,
  clients: [{ name: 'ap-balai-kota', address: '127.0.0.1', secret: SECRET_TEXT }],
  users: [{ name: USER, passwordHash, sessionTimeoutSeconds: 3600, group: 'warga' }],
  ...more,
})

export type Box = { radius: Radius; stateDir: string; recorded: Session[]; [Symbol.asyncDispose](): Promise<void> }

export async function startBox({ config = radiusConfig(), ...parts }: Partial<RadiusParts> = {}): Promise<Box> {
  const stateDir = parts.stateDir ?? mkdtempSync(join(tmpdir(), 'radius-box-'))
  const recorded: Session[] = []
  const starting = startRadius({
    config,
    stateDir,
    recorder: {
      record(kind, body) {
        const checked = decodeBody(kind, body)
        if (!checked.ok) throw new Error(checked.reason)
        return recorded.push(checked.value as Session)
      },
      eventDelivered: () => false,
    },
    pseudonym: (mac) => `0000${mac.replaceAll(':', '')}`,
    ...parts,
  })
  starting.catch(() => rmSync(stateDir, { recursive: true, force: true }))
  const radius = await starting
  return {
    radius,
    stateDir,
    recorded,
    async [Symbol.asyncDispose]() {
      await radius.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

export type BoxProcess = {
  started: BoxLook
  look(): Promise<BoxLook>
  kill(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The same in a process of its own; `refuses` gives it a recorder whose disk is full. */
export async function forkBox(stateDir: string, recorder: 'records' | 'refuses'): Promise<BoxProcess> {
  const child = fork(join(import.meta.dirname, 'box-process.ts'), [stateDir, recorder])
  const message = async (): Promise<BoxLook> => {
    const died = once(child, 'exit').then(() => {
      throw new Error('the RADIUS process ended instead of answering')
    })
    const [seen] = (await Promise.race([once(child, 'message'), died])) as [BoxLook]
    died.catch(() => undefined)
    return seen
  }
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    started: await message(),
    look() {
      child.send('look')
      return message()
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

const BOUND_MS = 10_000

/** Polls until it holds. @throws after ten seconds, naming what did not happen. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + BOUND_MS; !holds();) {
    if (performance.now() > end) throw new Error(`not within ${BOUND_MS} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
