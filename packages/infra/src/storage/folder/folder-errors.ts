import { type ErrorCode } from '@seer/core/basics/error-codes'
import { RetryableError, SeerError } from '@seer/core/basics/errors'

const codes: Record<string, ErrorCode> = {
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  EACCES: 'STORAGE_DENIED',
  EPERM: 'STORAGE_DENIED',
  EROFS: 'STORAGE_DENIED',
}

const advice: Partial<Record<ErrorCode, string>> = {
  STORAGE_FULL: 'its disk is full; make room',
  STORAGE_DENIED: 'this process must not write there; check its owner and permissions',
}

export const isErrno = (error: unknown, ...wanted: string[]): boolean =>
  wanted.includes((error as NodeJS.ErrnoException | null)?.code ?? '')

/**
 * What the operating system said about a folder, as an error of the storage. Anything else stays as it is.
 * @param folder its path, and which setting names it
 */
export function folderError(error: unknown, folder: string): unknown {
  const errno = (error as NodeJS.ErrnoException | null)?.code
  if (error instanceof SeerError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error
  const code = codes[errno] ?? 'STORAGE_UNAVAILABLE'
  const reason = advice[code] ?? `the system answers ${errno}`
  return new RetryableError(code, {
    detail: `The folder ${folder} cannot be used: ${reason}.`,
    cause: error,
  })
}
