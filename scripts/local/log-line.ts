/** Fields that tell nothing in a terminal that shows one machine. */
const hidden = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v'])

/**
 * Makes a JSON log line readable: `17:01:02 info job.finished job=create-bot attempt=1`. Other text stays unchanged.
 */
export function readableLogLine(line: string): string {
  const entry = parseEntry(line)
  if (!entry) return line
  const time = new Date(entry.time).toTimeString().slice(0, 8)
  const fields = Object.entries(entry).filter(([name]) => !hidden.has(name))
  return [time, entry.level, entry.msg, ...fields.map(showField)].filter(Boolean).join(' ')
}

type Entry = { level: string; time: string; msg?: string }

function parseEntry(line: string): Entry | null {
  if (!line.startsWith('{')) return null
  try {
    const entry = JSON.parse(line) as Partial<Entry>
    return typeof entry.level === 'string' && typeof entry.time === 'string' ? (entry as Entry) : null
  } catch {
    return null
  }
}

function showField([name, value]: [string, unknown]): string {
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`
}

/** Terminal colours: cyan, magenta, yellow, green, blue. */
const colours = [36, 35, 33, 32, 34]
const seen: string[] = []

/** A line with a name before it: `api      | …`. On a terminal each name has its colour. */
export function prefixed(name: string, line: string, coloured = process.stdout.isTTY): string {
  if (!seen.includes(name)) seen.push(name)
  const label = `${name.padEnd(8)} |`
  const colour = colours[seen.indexOf(name) % colours.length]
  return `${coloured ? `\u001B[${colour}m${label}\u001B[39m` : label} ${line}`
}
