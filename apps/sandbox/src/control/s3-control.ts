import type { FastifyInstance } from 'fastify'
import type { World } from '../world.ts'

/** What the S3 endpoint holds: /sandbox/s3. */
export function registerS3Control(app: FastifyInstance, { s3, settings }: World): void {
  app.get('/sandbox/s3', () => {
    const buckets = settings.s3Buckets.flatMap((name) => s3.get(name) ?? [])
    const objects = buckets.flatMap(({ objects: ofBucket }) => [...ofBucket.values()])
    return {
      buckets: settings.s3Buckets,
      objects: objects.map(({ key, bytes, contentType }) => ({ key, bytes, contentType })),
      uploads: buckets
        .flatMap(({ uploads }) => [...uploads.values()])
        .map(({ id, key, parts }) => ({ id, key, parts: parts.size })),
    }
  })
}
