import { type ArtifactKind, fileExtensions } from '../../vendor/artifact-kinds.ts'
import type { Artifact } from '../artifact.ts'
import type { Storage } from '../storage.ts'
import type { SpeechSource } from './speech-service.ts'

/** A service may fetch the file by the link so long after it was asked. */
const linkSeconds = 7_200

/** The stored file that is listened to: the audio, or else the video; null when neither is stored. */
export function audibleOf(artifacts: readonly Artifact[]): Artifact | null {
  const stored = (kind: ArtifactKind) => artifacts.find((one) => one.kind === kind && one.state === 'stored')
  return stored('audio') ?? stored('video') ?? null
}

/** A stored file as speech services take it. */
export function sourceOf(storage: Pick<Storage, 'read' | 'sign'>, artifact: Artifact): SpeechSource {
  const { kind, storageKey, bytes, contentType: type } = artifact
  const [key, contentType] = [storageKey as string, type ?? 'application/octet-stream']
  const fileName = `${kind}.${fileExtensions[kind]}`
  const signing = { expiresInSeconds: linkSeconds, fileName, contentType, asDownload: false }
  return {
    contentType,
    bytes: bytes ?? 0,
    fileName,
    open: () => storage.read(key),
    link: () => storage.sign(key, signing),
  }
}
