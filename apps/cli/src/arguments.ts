import { InvalidArgumentError } from 'commander'

const unitMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }

/** Reads a time such as `2026-03-11T14:00Z`, or how long ago it was: `90m`, `6h`, `3d`. */
export function readTime(text: string): Date {
  const ago = /^(\d{1,6})([mhd])$/.exec(text)
  const time = ago ? Date.now() - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0) : Date.parse(text)
  if (Number.isNaN(time) || time > Date.now()) {
    throw new InvalidArgumentError('Give a time in the past, such as 2026-03-11T14:00Z, or 90m, 6h or 3d.')
  }
  return new Date(time)
}

/** Reads a number of days, or `none`. */
export function readDays(text: string): number | 'none' {
  if (text === 'none') return text
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (days < 1 || days > 36_500) throw new InvalidArgumentError('Give a number of days from 1 to 36500, or none.')
  return days
}

/** @throws Error with one sentence when the text is not an id */
export function readId(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new Error(`"${text}" is not an id (a UUID).`)
  return text.toLowerCase()
}

/** Reads how many a list should have at most. */
export function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new InvalidArgumentError('Give a whole number from 1 to 1000.')
  }
  return limit
}
