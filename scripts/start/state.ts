/** What the start keeps between runs: keys, tokens and databases, in one folder that only its owner reads. */
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const stateDir = process.env.BROADBAND_CITY_STATE ?? join(import.meta.dirname, '..', '..', '.state')

export const files = {
  pid: join(stateDir, 'up.pid'),
  logs: join(stateDir, 'logs'),
  central: join(stateDir, 'central'),
  edge: join(stateDir, 'edge'),
  edgeConfig: join(stateDir, 'edge.json'),
  tokens: join(stateDir, 'tokens.json'),
  radius: join(stateDir, 'radius.json'),
  wall: join(stateDir, 'wall.json'),
  centralKey: join(stateDir, 'central-key.pem'),
  fleetNodes: join(stateDir, 'fleet-nodes.json'),
  fleetState: join(stateDir, 'fleet-state.json'),
}

export function prepareState(reset: boolean): void {
  if (reset) rmSync(stateDir, { recursive: true, force: true })
  for (const folder of [stateDir, files.logs, files.central, files.edge]) mkdirSync(folder, { recursive: true })
  chmodSync(stateDir, 0o700)
}

export function readKept<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

/** Beside, to disk, then into place: a token lost to a power cut would lock its hotspot out. */
export function keep(file: string, value: unknown): void {
  const beside = `${file}.new`
  const handle = openSync(beside, 'w', 0o600)
  writeSync(handle, JSON.stringify(value, null, 2))
  fsyncSync(handle)
  closeSync(handle)
  renameSync(beside, file)
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
