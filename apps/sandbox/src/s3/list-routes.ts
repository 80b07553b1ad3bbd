import { invalidRequest, notImplemented } from './s3-error.ts'
import { type S3Handler, sendXml } from './s3-request.ts'
import { element, group, xmlDocument } from './xml.ts'

const longestPage = 1000

/** S3 sorts keys by their bytes. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

function sizeOfPage(query: URLSearchParams, name: string): number {
  const size = Number(query.get(name) ?? longestPage)
  if (!Number.isInteger(size) || size < 0) throw invalidRequest(`${name} must be a whole number.`)
  return Math.min(size, longestPage)
}

/** ListObjectsV2. */
export const listObjects: S3Handler = ({ bucket, bucketName, query }, reply) => {
  if (query.get('list-type') !== '2') throw notImplemented('the first version of ListObjects')
  if (query.has('delimiter')) throw notImplemented('delimiters')
  const prefix = query.get('prefix') ?? ''
  const most = sizeOfPage(query, 'max-keys')
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8')
  const keys = [...bucket.objects.keys()]
    .filter((key) => key.startsWith(prefix) && byBytes(key, after) > 0)
    .sort(byBytes)
  const page = keys.slice(0, most)
  const isTruncated = keys.length > page.length && page.length > 0
  const inUrl = (key: string) => (query.get('encoding-type') === 'url' ? encodeURIComponent(key) : key)
  const contents = page.map((key) => {
    const { bytes = 0, etag = '', modified = 0 } = bucket.objects.get(key) ?? {}
    return group(
      'Contents',
      element('Key', inUrl(key)) +
        element('LastModified', new Date(modified).toISOString()) +
        element('ETag', etag) +
        element('Size', bytes) +
        element('StorageClass', 'STANDARD'),
    )
  })
  const next = Buffer.from(page.at(-1) ?? '').toString('base64url')
  const inner =
    element('Name', bucketName) +
    element('Prefix', inUrl(prefix)) +
    element('KeyCount', page.length) +
    element('MaxKeys', most) +
    element('IsTruncated', isTruncated) +
    (isTruncated ? element('NextContinuationToken', next) : '') +
    contents.join('')
  return sendXml(reply, xmlDocument('ListBucketResult', inner))
}

/** Unfinished uploads, by key and then by id. */
export const listUploads: S3Handler = ({ bucket, bucketName, query }, reply) => {
  const prefix = query.get('prefix') ?? ''
  const most = sizeOfPage(query, 'max-uploads')
  const placeOf = (key: string, id: string) => `${key}\0${id}`
  const after = placeOf(query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '')
  const uploads = [...bucket.uploads.values()]
    .filter(({ key, id }) => key.startsWith(prefix) && byBytes(placeOf(key, id), after) > 0)
    .sort((one, other) => byBytes(placeOf(one.key, one.id), placeOf(other.key, other.id)))
  const page = uploads.slice(0, most)
  const last = page.at(-1)
  const entries = page.map(({ key, id, started }) => {
    const initiated = element('Initiated', new Date(started).toISOString())
    return group('Upload', element('Key', key) + element('UploadId', id) + initiated)
  })
  const inner =
    element('Bucket', bucketName) +
    element('IsTruncated', uploads.length > page.length) +
    (last ? element('NextKeyMarker', last.key) + element('NextUploadIdMarker', last.id) : '') +
    entries.join('')
  return sendXml(reply, xmlDocument('ListMultipartUploadsResult', inner))
}
