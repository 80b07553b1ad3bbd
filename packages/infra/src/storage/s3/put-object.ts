import type { FileToStore } from '@seer/core/recordings/storage'
import type { Connection, S3 } from './s3-client.ts'
import { statusOf } from './s3-errors.ts'
import { base64Of, hashStep, sendingFile, withBodyHash } from './send-file.ts'

/** Sends the file in one request. The service compares the bytes with the SHA-256, and refuses to overwrite. */
export async function putObject(
  s3: S3,
  key: string,
  file: FileToStore,
  signal?: AbortSignal,
): Promise<'stored' | 'exists'> {
  const part = { path: file.path, first: 0, last: file.bytes - 1 }
  const send = ({ sdk, client }: Connection) =>
    sendingFile(part, signal, async (body, options) => {
      const command = new sdk.PutObjectCommand({
        Bucket: s3.bucket,
        Key: s3.keyOf(key),
        Body: body,
        ContentLength: file.bytes,
        ContentType: file.contentType,
        ChecksumSHA256: base64Of(file.sha256),
        Metadata: { sha256: file.sha256 },
        IfNoneMatch: '*',
      })
      command.middlewareStack.add((next) => (args) => next(withBodyHash(args, file.sha256)), hashStep)
      await client.send(command, options)
    })
  return await s3.trying(async (connection) => {
    try {
      await send(connection)
      return 'stored'
    } catch (error) {
      if (statusOf(error) === 412) return 'exists'
      throw error
    }
  }, signal)
}
