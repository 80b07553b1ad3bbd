import type { FastifyReply } from 'fastify'
import { element, xmlDocument } from './xml.ts'

const messages: Record<string, string> = {
  AccessDenied: 'Access Denied',
  BadDigest: 'The SHA256 you specified did not match the calculated checksum.',
  EntityTooSmall: 'Your proposed upload is smaller than the minimum allowed size.',
  IncompleteBody: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  InternalError: 'We encountered an internal error. Please try again.',
  InvalidAccessKeyId: 'The AWS Access Key Id you provided does not exist in our records.',
  InvalidPart: 'One or more of the specified parts could not be found, or has another ETag or checksum.',
  InvalidPartOrder: 'The list of parts was not in ascending order.',
  InvalidRange: 'The requested range is not satisfiable',
  MalformedXML: 'The XML you provided was not well-formed or did not validate against our published schema.',
  MethodNotAllowed: 'The specified method is not allowed against this resource.',
  MissingContentLength: 'You must provide the Content-Length HTTP header.',
  NoSuchBucket: 'The specified bucket does not exist',
  NoSuchKey: 'The specified key does not exist.',
  NoSuchUpload: 'The specified upload does not exist. It may have been aborted or completed.',
  PreconditionFailed: 'At least one of the pre-conditions you specified did not hold',
  RequestTimeTooSkewed: 'The difference between the request time and the current time is too large.',
  SignatureDoesNotMatch: 'The request signature we calculated does not match the signature you provided.',
  SlowDown: 'Please reduce your request rate.',
  XAmzContentSHA256Mismatch: 'The provided x-amz-content-sha256 header does not match what was computed.',
  XMinioStorageFull: 'Storage backend has reached its minimum free drive threshold.',
}

const usualCodes: Record<number, string> = {
  403: 'AccessDenied',
  409: 'ConditionalRequestConflict',
  412: 'PreconditionFailed',
  429: 'SlowDown',
  503: 'SlowDown',
  507: 'XMinioStorageFull',
}

/** An error answer of the S3 endpoint. */
export class S3Error extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string = usualCodes[statusCode] ?? 'InternalError', message = messages[code]) {
    super(message ?? code)
    this.statusCode = statusCode
    this.code = code
  }

  /** As S3's XML. */
  answer(reply: FastifyReply) {
    const { code, message } = this
    const body = xmlDocument('Error', element('Code', code) + element('Message', message))
    return reply.code(this.statusCode).type('application/xml').send(body)
  }
}

export const notImplemented = (what: string) => new S3Error(501, 'NotImplemented', `The sandbox does not know ${what}.`)
export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message)
