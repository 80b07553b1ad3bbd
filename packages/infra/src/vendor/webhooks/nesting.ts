const quote = 34
const backslash = 92

/** Whether the JSON text has more than `limit` objects and arrays inside each other. One pass, without parsing. */
export function isNestedDeeperThan(limit: number, json: string): boolean {
  let depth = 0
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i)
    if (char === quote) i = endOfString(json, i)
    // [ and { are 91 and 123, ] and } are 93 and 125.
    else if (char === 91 || char === 123) {
      depth++
      if (depth > limit) return true
    } else if (char === 93 || char === 125) depth--
  }
  return false
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1)
  return end === -1 ? json.length : end
}

function isEscaped(json: string, position: number): boolean {
  let slashes = 0
  while (json.charCodeAt(position - 1 - slashes) === backslash) slashes++
  return slashes % 2 === 1
}
