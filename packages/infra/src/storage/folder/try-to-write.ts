import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Large enough that a full disk refuses it. */
const trial = Buffer.alloc(64 * 1024, 1)

/**
 * Writes a small file and removes it. Makes its folder if that is missing.
 * @param path that no other file has
 * @param mode of the folder and of all above it that are made
 * @throws the error of the system when the folder cannot be made, must not be written, or is full
 */
export async function tryToWrite(path: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode })
  try {
    await writeFile(path, trial, { flush: true })
  } finally {
    await rm(path, { force: true })
  }
}
