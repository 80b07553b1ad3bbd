import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Bucket } from './bucket.ts'

/** A request to a bucket, whose signature is right. */
export type S3Request = {
  bucket: Bucket
  bucketName: string
  /** Empty for requests to the bucket itself. */
  key: string
  query: URLSearchParams
  headers: FastifyRequest['headers']
  body: Readable | undefined
  /** See `verifySignature`. */
  signedHash: string | null
  /** Real ms since 1970. */
  now: number
  leastPartBytes: number
}

export type S3Handler = (request: S3Request, reply: FastifyReply) => Promise<unknown> | unknown

export const sendXml = (reply: FastifyReply, xml: string) => reply.type('application/xml').send(xml)
