import { execFileSync } from 'node:child_process'

/** The commit a run was made with; with a plus when the tree differs from it. */
export function commitOf(): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: import.meta.dirname, stdio: 'pipe' })
      .toString()
      .trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}
