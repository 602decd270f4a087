/** What a fleet keeps in its folder beside cards and ledgers: who its boxes are, and how often it was started. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { generatePlaces, type Place } from '#scripts/demo-city/places.ts'
import type { Identity } from './identity.ts'

/** `processes` never changes: a box's ledger is one file. */
export type FleetNote = { v: 1; seed: number; processes: number; life: number; publicKey: string; boxes: Identity[] }

const fileIn = (folder: string) => join(folder, 'fleet.json')

export function readFleet(folder: string): FleetNote | undefined {
  const file = fileIn(folder)
  if (!existsSync(file)) return undefined
  const note = JSON.parse(readFileSync(file, 'utf8')) as FleetNote
  if (note.v !== 1) throw new Error(`${file} is of another version of the fleet; take an empty folder.`)
  return note
}

/** On disk when it returns: the number of a start must never come twice. */
export function writeFleet(folder: string, note: FleetNote): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const beside = `${fileIn(folder)}.new`
  const handle = openSync(beside, 'w', 0o600)
  writeSync(handle, JSON.stringify(note))
  fsyncSync(handle)
  closeSync(handle)
  renameSync(beside, fileIn(folder))
}

/** Names that no other simulated city uses: fleet-00042. */
export function fleetPlaces(count: number): Place[] {
  return generatePlaces(count).map((place, i) => ({ ...place, node: `fleet-${String(i).padStart(5, '0')}` }))
}
