/** Small files that must survive a power cut whole: secrets made once, and lists that another program reads. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * What `file` holds; the first time it is what `make` gives, unless another process was first. Only its owner reads it, and it
 * is on disk before it is used.
 */
export async function keptOnce(file: string, make: () => string | Promise<string>): Promise<string> {
  return (await readIfThere(file)) ?? create(file, await make())
}

/** A power cut leaves the old text or the new one. @param mode of the file; its folder must be there. */
export async function replaceDurably(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.${randomUUID()}.new`
  await writeDurably(draft, text, mode)
  await rename(draft, file)
  await syncFolder(dirname(file))
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function create(file: string, text: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}.new`
  await writeDurably(draft, text, 0o600)
  try {
    // Fails where another process was first, instead of replacing its key.
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  await syncFolder(dirname(file))
  return readFile(file, 'utf8')
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'w', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
