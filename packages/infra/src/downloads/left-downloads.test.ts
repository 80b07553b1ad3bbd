/** What killed workers have left in a folder that several workers may share. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artifact } from '@seer/core/recordings/artifact'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { removeLeftDownloads } from '@seer/core/recordings/custody/remove-left-downloads'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { memoryArtifactStore } from '@seer/core/testing/recordings/memory-artifact-store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDownloads } from './open-downloads.ts'
import { passingName } from './untouched-files.ts'

let folder: string
let downloads: ReturnType<typeof openDownloads>
const artifacts = memoryArtifactStore()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seer-left-'))
  downloads = openDownloads({ folder, addresses: { anyAddress: true, privateHosts: [], httpsOnly: false } })
})
afterEach(async () => {
  await downloads.close()
  rmSync(folder, { recursive: true, force: true })
})

/** @returns the id of an artifact in this state */
async function anArtifact(state: Artifact['state']): Promise<string> {
  const meeting = endedMeeting(aMeeting({ id: randomUUID() }))
  const [video] = newArtifacts(meeting, { now: at(60), vendorKeepsMs: 1e9, newId: randomUUID })
  await artifacts.add([{ ...(video as Artifact), state }])
  return (video as Artifact).id
}

/** Files to which something was written so long before minute 600. */
function write(names: string[], hours: number): void {
  for (const name of names) {
    writeFileSync(join(folder, name), 'x')
    utimesSync(join(folder, name), at(600 - hours * 60), at(600 - hours * 60))
  }
}

const filesOf = (name: string) => [`${name}.part`, `${name}.json`, `${name}.json.new`]
const tidy = async () => await removeLeftDownloads({ artifacts, downloads, now: () => at(600) })

describe('files in the folder for downloads', () => {
  test.each(['stored', 'deleted', 'expired', 'missing'] as const)('go when their artifact is %s', async (state) => {
    write(filesOf(await anArtifact(state)), 2)
    expect(await tidy()).toBe(1)
    expect(readdirSync(folder)).toEqual([])
    expect(await tidy()).toBe(0)
  })

  test.each(['pending', 'copying', 'failed'] as const)('stay when their artifact is %s', async (state) => {
    const files = filesOf(await anArtifact(state))
    write(files, 1_000)
    expect(await tidy()).toBe(0)
    expect(readdirSync(folder)).toHaveLength(files.length)
  })

  test('stay while somebody writes to one of them', async () => {
    const id = await anArtifact('stored')
    write([`${id}.json`], 5)
    write([`${id}.part`], 0.5)
    expect(await tidy()).toBe(0)
  })

  test('go when nobody knows their artifact, and when they were of passing use', async () => {
    write([...filesOf(randomUUID()), ...filesOf(passingName())], 2)
    expect(await tidy()).toBe(2)
    expect(readdirSync(folder)).toEqual([])
  })

  test('stay when they are not Seer’s', async () => {
    write(['notes.json', `${randomUUID()}.mp4`, `my-${randomUUID()}.part`], 1_000)
    expect(await tidy()).toBe(0)
  })
})

test('a folder that is not there has nothing to remove', async () => {
  rmSync(folder, { recursive: true })
  expect(await tidy()).toBe(0)
})
