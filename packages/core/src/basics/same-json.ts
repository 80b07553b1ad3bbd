/** Whether two values are the same as JSON, whatever the order of their fields: a database orders them as it likes. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sortFields) === JSON.stringify(b, sortFields)
}

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}
