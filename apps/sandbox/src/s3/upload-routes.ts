/** Uploads in parts. */
import { createHash } from 'node:crypto'
import { etagOf, type S3Object, type StoredFile, type Upload } from './bucket.ts'
import { aboutOf, isCreateOnly, smallBody } from './object-routes.ts'
import { receiveBody } from './receive-body.ts'
import { invalidRequest, notImplemented, S3Error } from './s3-error.ts'
import { type S3Handler, type S3Request, sendXml } from './s3-request.ts'
import { element, group, insidesOf, textOf, xmlDocument } from './xml.ts'

const mostParts = 10_000

export const createUpload: S3Handler = ({ bucket, bucketName, key, headers, now }, reply) => {
  const algorithm = headers['x-amz-checksum-algorithm']
  if (algorithm !== undefined && algorithm !== 'SHA256') throw notImplemented(`the checksum ${algorithm}`)
  const upload = bucket.begin(key, aboutOf(headers), algorithm === 'SHA256', now)
  const inner = element('Bucket', bucketName) + element('Key', key) + element('UploadId', upload.id)
  return sendXml(reply, xmlDocument('InitiateMultipartUploadResult', inner))
}

function uploadOf({ bucket, key, query }: S3Request): Upload {
  const upload = bucket.uploads.get(query.get('uploadId') ?? '')
  if (!upload || upload.key !== key) throw new S3Error(404, 'NoSuchUpload')
  return upload
}

export const uploadPart: S3Handler = async (request, reply) => {
  const { bucket, query, headers, body, signedHash, now } = request
  const number = Number(query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > mostParts) {
    throw new S3Error(400, 'InvalidArgument', `Part number must be an integer between 1 and ${mostParts}, inclusive`)
  }
  if (headers['x-amz-copy-source'] !== undefined) throw notImplemented('copying')
  const upload = uploadOf(request)
  const { hasChecksum, ...file } = await receiveBody(bucket, body, headers, signedHash)
  // It may have been aborted meanwhile.
  const isRefused = !bucket.uploads.has(upload.id) || (upload.withChecksums && !hasChecksum)
  if (isRefused) bucket.removeFiles([file])
  if (!bucket.uploads.has(upload.id)) throw new S3Error(404, 'NoSuchUpload')
  if (isRefused) throw invalidRequest('The upload was created with SHA256 checksums, so each part needs one.')
  const previous = upload.parts.get(number)
  upload.parts.set(number, { ...file, modified: now })
  if (previous) bucket.removeFiles([previous])
  reply.headers({ etag: `"${etagOf(file)}"` })
  if (hasChecksum) reply.headers({ 'x-amz-checksum-sha256': base64Of(file.sha256) })
  return reply.send()
}

const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

export const completeUpload: S3Handler = async (request, reply) => {
  const { bucket, bucketName, key, headers, now, leastPartBytes } = request
  const createOnly = isCreateOnly(headers)
  const xml = await smallBody(request)
  const upload = uploadOf(request)
  const files = chosenParts(upload, insidesOf(xml, 'Part'), leastPartBytes)
  const object = objectOf(upload, files, now)
  if (createOnly && bucket.objects.has(key)) throw new S3Error(412, 'PreconditionFailed')
  bucket.uploads.delete(upload.id)
  bucket.removeFiles([...upload.parts.values()].filter((part) => !files.includes(part)))
  bucket.add(object, false)
  const inner =
    element('Location', `/${bucketName}/${key}`) +
    element('Bucket', bucketName) +
    element('Key', key) +
    element('ETag', object.etag) +
    element('ChecksumSHA256', object.checksum) +
    element('ChecksumType', 'COMPOSITE')
  return sendXml(reply, xmlDocument('CompleteMultipartUploadResult', inner))
}

function chosenParts(upload: Upload, listed: string[], leastPartBytes: number): StoredFile[] {
  if (listed.length === 0) throw new S3Error(400, 'MalformedXML')
  const numbers = listed.map((xml) => Number(textOf(xml, 'PartNumber')))
  const isOrdered = numbers.every((number, index) => index === 0 || number > (numbers[index - 1] as number))
  if (!isOrdered) throw new S3Error(400, 'InvalidPartOrder')
  return listed.map((xml, index) => {
    const part = upload.parts.get(numbers[index] as number)
    const checksum = textOf(xml, 'ChecksumSHA256')
    if (!part || textOf(xml, 'ETag')?.replaceAll('"', '') !== etagOf(part)) throw new S3Error(400, 'InvalidPart')
    if (upload.withChecksums && checksum === undefined) throw invalidRequest('Each part needs its ChecksumSHA256.')
    if (checksum !== undefined && checksum !== base64Of(part.sha256)) throw new S3Error(400, 'InvalidPart')
    if (index < listed.length - 1 && part.bytes < leastPartBytes) throw new S3Error(400, 'EntityTooSmall')
    return part
  })
}

function objectOf({ key, about }: Upload, files: StoredFile[], now: number): S3Object {
  const digests = Buffer.concat(files.map(({ sha256 }) => Buffer.from(sha256, 'hex')))
  const digest = createHash('sha256').update(digests).digest()
  return {
    ...about,
    key,
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    etag: `"${digest.toString('hex').slice(0, 32)}-${files.length}"`,
    checksum: `${digest.toString('base64')}-${files.length}`,
    modified: now,
  }
}

export const abortUpload: S3Handler = (request, reply) => {
  request.bucket.abort(uploadOf(request))
  return reply.code(204).send()
}

export const listParts: S3Handler = (request, reply) => {
  const { bucketName, key, query } = request
  const upload = uploadOf(request)
  const after = Number(query.get('part-number-marker') ?? 0)
  const most = Math.min(Number(query.get('max-parts') ?? 1000), 1000)
  const numbers = [...upload.parts.keys()].filter((number) => number > after).sort((one, other) => one - other)
  const page = numbers.slice(0, most)
  const parts = page.map((number) => {
    const part = upload.parts.get(number) as StoredFile & { modified: number }
    const inner =
      element('PartNumber', number) +
      element('LastModified', new Date(part.modified).toISOString()) +
      element('ETag', `"${etagOf(part)}"`) +
      element('Size', part.bytes) +
      (upload.withChecksums ? element('ChecksumSHA256', base64Of(part.sha256)) : '')
    return group('Part', inner)
  })
  const inner =
    element('Bucket', bucketName) +
    element('Key', key) +
    element('UploadId', upload.id) +
    element('IsTruncated', numbers.length > page.length) +
    element('NextPartNumberMarker', page.at(-1) ?? after) +
    parts.join('')
  return sendXml(reply, xmlDocument('ListPartsResult', inner))
}
