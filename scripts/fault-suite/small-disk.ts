/** A RAM disk of a few megabytes, to be filled by somebody else. Needs root. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillUp } from '#test/support/disks.ts'

export function smallDisk(mebibytes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', folder])
  const umount = () => {
    execFileSync('umount', ['-l', folder])
    rmdirSync(folder)
  }
  process.once('exit', umount)
  const log = join(folder, 'somebody-else.log')
  return {
    folder,
    fill: () => fillUp(log),
    free: () => rmSync(log, { force: true }),
    [Symbol.dispose]() {
      process.off('exit', umount)
      umount()
    },
  }
}
