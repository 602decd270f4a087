/** A program whose files are cut off from power at any moment, and who afterwards looks at them with the product's own code. */
import type { Control } from './weaken.ts'

export type Finding = {
  /** Promised to somebody before the cut. */
  accepted: number
  /** Of these: there, refused with a written reason, given up and counted, and gone. */
  stored: number
  quarantined: number
  counted: number
  lost: number
  duplicated: number
  /** Nothing could be opened, or only after the file had been set aside. */
  unreadable: boolean
  /** How the files contradict themselves or what was said. */
  faults: string[]
}

export type Subject = {
  name: string
  /** Runs under the recorder; its argument is a ProgramArgument. */
  program: string
  /** Control runs that must find losses, or the suite could not find any. */
  controls: readonly Control[]
  /** Opens what is in the folder as the product does. `said`: all that the program had said before the cut. */
  inspect(folder: string, said: readonly unknown[]): Finding | Promise<Finding>
  /** Folders and files that no state has: indexes that are made anew. */
  leavesOut?: (path: string) => boolean
}

export type ProgramArgument = { folder: string; seed: number; rounds: number; control?: Control }

export const nothingFound = (): Finding => ({
  accepted: 0,
  stored: 0,
  quarantined: 0,
  counted: 0,
  lost: 0,
  duplicated: 0,
  unreadable: false,
  faults: [],
})
