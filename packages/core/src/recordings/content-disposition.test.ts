import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contentDisposition } from './content-disposition.ts'

test.each([
  ['video.mp4', true, `attachment; filename="video.mp4"; filename*=UTF-8''video.mp4`],
  ['Übersicht "1".mp4', false, `inline; filename="_bersicht _1_.mp4"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.mp4`],
  ["it's (50%)*.mp4", true, `attachment; filename="it's (50_)*.mp4"; filename*=UTF-8''it%27s%20%2850%25%29%2A.mp4`],
  ['a\r\nSet-Cookie: b', true, `attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a__Set-Cookie%3A%20b`],
])('%j', (name, asDownload, header) => {
  expect(contentDisposition(name, asDownload)).toBe(header)
})

test('any text gives a header that can be sent and keeps the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const header = contentDisposition(name, true)
      expect(header).toMatch(/^[ -~]+$/)
      const [, encoded = ''] = /filename\*=UTF-8''(.*)$/.exec(header) ?? []
      expect(decodeURIComponent(encoded)).toBe(name.replace(/[\p{Cc}\p{Cs}]/gu, '_'))
    }),
  )
})
