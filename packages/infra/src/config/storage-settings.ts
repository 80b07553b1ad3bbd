/** Where recordings are kept. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { flag, url } from './fields.ts'

export type StoragePlace =
  | { kind: 'folder'; path: string }
  /** `prefix` has no slashes at its ends, and is empty for none. */
  | { kind: 's3'; bucket: string; prefix: string }

export const storageSettings = {
  STORAGE_URL: z
    .string()
    .trim()
    .refine((text) => readStorageUrl(text) !== null, 'must be file: with a folder, or s3:// with a bucket and a prefix')
    .default('file:.seer/recordings')
    .meta({
      description:
        'Where recordings are kept. A folder that API and workers see: file:/srv/recordings, or file:recordings for one below the current folder. Or a bucket of an S3-compatible service: s3://bucket/prefix. The credentials are those that the AWS SDK finds, for example in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    }),
  STORAGE_S3_ENDPOINT: url('http:', 'https:').optional().meta({
    description: 'The address of the S3-compatible service. Without it: AWS.',
  }),
  STORAGE_S3_PUBLIC_ENDPOINT: url('http:', 'https:').optional().meta({
    description:
      'The address of the same service for links to recordings, if browsers and Deepgram reach it elsewhere than API and workers do. Without it: STORAGE_S3_ENDPOINT.',
  }),
  STORAGE_S3_REGION: z
    .string()
    .trim()
    .regex(/^[\w-]{1,64}$/, 'must be the name of a region, such as eu-central-1')
    .default('us-east-1')
    .meta({ description: 'The region of the bucket. Services without regions mostly take us-east-1.' }),
  STORAGE_S3_PATH_STYLE: flag().default(false).meta({
    description:
      'Whether the bucket stands in the path of an address, as most services other than AWS want it, and not in front of the host name.',
  }),
}

/** Null when the text names no place. */
export function readStorageUrl(text: string): StoragePlace | null {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.+)$/s.exec(text) ?? []
  if (/[\0?#]/.test(rest)) return null
  if (scheme === 'file') return readFolder(text, rest)
  return scheme === 's3' ? readBucket(rest) : null
}

function readFolder(text: string, rest: string): StoragePlace | null {
  if (!rest.startsWith('//')) return { kind: 'folder', path: rest }
  try {
    return { kind: 'folder', path: fileURLToPath(text) }
  } catch {
    return null
  }
}

/** A prefix must be what keys are made of; 400 bytes leave room for the longest key of 1024 bytes. */
function readBucket(rest: string): StoragePlace | null {
  const [, bucket, prefix = ''] =
    /^\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+([\w./-]{0,400}?)\/*)?$/.exec(rest) ?? []
  const isPrefix = prefix === '' || prefix.split('/').every((part) => !['', '.', '..'].includes(part))
  return bucket && isPrefix ? { kind: 's3', bucket, prefix } : null
}
