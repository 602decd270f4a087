/** Disks of their own for a box: small ones that fill up, and one that turns read-only. */
import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const MiB = 1024 * 1024

/** @returns where it is mounted. */
export function smallDisk(t: TestContext, mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', folder])
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  return folder
}

/** Something else on the box that eats all there is, as logs do. */
export function fillUp(file: string): void {
  const handle = openSync(file, 'w')
  for (const size of [MiB, 65_536, 4_096, 512]) {
    try {
      for (;;) writeSync(handle, Buffer.alloc(size, 1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  fsyncSync(handle)
  closeSync(handle)
}

export type Card = {
  folder: string
  /** As a kernel does that has met an error on the card: what is open stays open, and takes nothing any more. */
  fail(): void
  /** Mounted read-only from the start. */
  mountReadOnly(): void
  /** Another power-on: checked and mounted as usual. Nobody may have a file open there. */
  mountAgain(): void
}

/** An ext4 file system on a loop device. */
export function card(t: TestContext, mebibytes: number): Card {
  const outside = mkdtempSync(join(tmpdir(), 'card-'))
  const folder = join(outside, 'card')
  let image = join(outside, 'image-0')
  let images = 1
  mkdirSync(folder)
  execFileSync('truncate', ['--size', `${mebibytes}M`, image])
  // Otherwise the kernel goes on making it for minutes after it is mounted, and who counts its writes counts those.
  execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image])
  const mount = (...options: string[]): void => void execFileSync('mount', ['-o', ['loop', ...options].join(','), image, folder])
  mount()
  t.after(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(outside, { recursive: true })
  })

  /** As a new power-on sees it. A copy, because a namespace of somebody else's may still hold the file system as it was. */
  function takeOut(): void {
    execFileSync('umount', [folder])
    const next = join(outside, `image-${images++}`)
    copyFileSync(image, next)
    image = next
    try {
      execFileSync('e2fsck', ['-fy', image], { stdio: 'ignore' })
    } catch (error) {
      // 1: errors were corrected.
      if ((error as { status?: number }).status !== 1) throw error
    }
  }

  return {
    folder,
    fail: () => void execFileSync('mount', ['-o', 'remount,abort', folder]),
    mountReadOnly() {
      takeOut()
      mount('ro')
    },
    mountAgain() {
      takeOut()
      mount()
    },
  }
}
