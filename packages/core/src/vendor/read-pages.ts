import { RetryableError } from '../basics/errors.ts'

type Options = {
  /** What is listed, as people say it: `bots`. */
  of: string
  /** A list with more pages than this counts as endless. */
  mostPages: number
  /** Stops before the next page, for example when the job that reads has run out of time. */
  signal?: AbortSignal | undefined
}

/**
 * Reads all pages of a list of the vendor's, from the first. A list that breaks off must throw and not just end:
 * callers take what is not in the list for gone.
 * @throws RetryableError VENDOR_UNAVAILABLE when the list has more than `mostPages` pages, or leads back to a page that
 * was read already; whatever `readPage` throws; the reason of `signal`
 */
export async function* readPages<Page extends { nextCursor: string | null }>(
  readPage: (cursor: string | null) => Promise<Page>,
  { of, mostPages, signal }: Options,
): AsyncGenerator<Page, void, undefined> {
  const cursors = new Set<string>()
  let cursor: string | null = null
  for (let pages = 1; ; pages++) {
    signal?.throwIfAborted()
    const page: Page = await readPage(cursor)
    yield page
    cursor = page.nextCursor
    if (cursor === null) return
    if (cursors.has(cursor)) throw endless(of, 'leads in a circle')
    if (pages >= mostPages) throw endless(of, `did not end within ${mostPages} pages`)
    cursors.add(cursor)
  }
}

function endless(of: string, what: string): RetryableError {
  return new RetryableError('VENDOR_UNAVAILABLE', { detail: `The list of ${of} at Meeting BaaS ${what}.` })
}
