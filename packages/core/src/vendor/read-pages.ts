import { RetryableError } from '../basics/errors.ts'

type Options = {
  /** What is listed, for people: `bots`. */
  of: string
  /** A list with more pages than this does not end. */
  mostPages: number
  /** Ends the reading before its next page, as when the job that reads has run out of time. */
  signal?: AbortSignal | undefined
}

/**
 * All pages of a list of the vendor's, from the first. A list that could not be read whole is an error and never the end of
 * the list: what is behind the break would be taken for gone.
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
