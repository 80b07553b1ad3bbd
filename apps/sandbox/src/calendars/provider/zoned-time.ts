const dayMs = 24 * 3600_000
const formatters = new Map<string, Intl.DateTimeFormat>()

/** The same wall-clock time `days` later in an IANA time zone, from and to ms since the epoch; null counts as UTC. */
export function plusDays(time: number, days: number, timezone: string | null): number {
  const moved = time + days * dayMs
  if (timezone === null || timezone === 'UTC') return moved
  return moved + offsetMs(time, timezone) - offsetMs(moved, timezone)
}

/** Whether this machine knows the time zone. */
export function isTimezone(name: string): boolean {
  try {
    formatterOf(name)
    return true
  } catch {
    return false
  }
}

function offsetMs(time: number, timezone: string): number {
  const name = formatterOf(timezone)
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value
  const [, sign, hours, minutes] = /GMT([+-])(\d+):(\d+)/.exec(name ?? '') ?? []
  if (!sign) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone)
  if (known) return known
  const formatter = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
  formatters.set(timezone, formatter)
  return formatter
}
