import { invalid } from '../vendor-error.ts'

type Query = { limit: number; cursor?: string | undefined }
type ScreenshotPage = { numbers: number[]; cursor: string | null; prev_cursor: string | null }

/** A page of the numbers 1 to `count`. A cursor is base64 of a number; a `-` in front asks for the page before. */
export function takeScreenshots(count: number, { limit, cursor }: Query): ScreenshotPage {
  const place = cursor ? decode(cursor) : 0
  const backwards = cursor?.startsWith('-') ?? false
  const from = backwards ? Math.max(1, place - limit) : place + 1
  const to = Math.min(count, backwards ? place - 1 : place + limit)
  const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at)
  const any = numbers.length > 0
  return {
    numbers,
    cursor: any && to < count ? encode(to) : null,
    prev_cursor: any && from > 1 ? `-${encode(from)}` : null,
  }
}

const encode = (number: number): string => Buffer.from(String(number)).toString('base64')

function decode(cursor: string): number {
  const number = Number(Buffer.from(cursor.replace(/^-/, ''), 'base64').toString('utf8'))
  if (!Number.isInteger(number) || number < 1) throw invalid('querystring/cursor Invalid cursor')
  return number
}
