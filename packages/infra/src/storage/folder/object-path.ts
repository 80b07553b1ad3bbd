/**
 * Where the folder keeps an object: the key `bots/1/video.mp4` is the folder `bots/1/video.mp4@` with the files `video.mp4`
 * and `@about.json`. One rename of that folder puts both in place, and it fails when the object exists.
 *
 * No part of a key becomes a name with an `@` or with a dot in front, so an object never lies within another one, nor
 * among unfinished files.
 */
import { join } from 'node:path'
import { assertStorageKey } from '@seer/core/recordings/storage'

export const aboutFile = '@about.json'
export const unfinishedFolder = '.unfinished'

export type ObjectPath = { folder: string; parent: string; contentFile: string }

/** @throws Error when the key is none */
export function objectPath(root: string, key: string): ObjectPath {
  assertStorageKey(key)
  const names = key.split('/').map(fileNameOf)
  const contentFile = names.pop() as string
  const parent = join(root, ...names)
  return { folder: join(parent, `${contentFile}@`), parent, contentFile }
}

/** Also escapes what other systems than Linux do not allow in names. */
function fileNameOf(part: string): string {
  return part.replace(/^\.|\.$|[%@<>:"|?*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
