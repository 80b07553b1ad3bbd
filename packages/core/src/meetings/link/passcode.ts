/** The parameters in which Zoom and Teams put the passcode of a meeting. Google Meet has none. */
const parameters = ['pwd', 'p']

/** The passcode that a meeting link holds; null when it holds none. */
export function passcodeOf(link: string): string | null {
  if (!link.includes('?') || !URL.canParse(link)) return null
  const { searchParams } = new URL(link)
  return parameters.map((name) => searchParams.get(name)).find((value) => value) ?? null
}

/** Whether a link holds what it takes to enter where another one leads, which is a link of the same meeting. */
export function opens(link: string, joinUrl: string): boolean {
  const passcode = passcodeOf(joinUrl)
  return passcode === null || passcodeOf(link) === passcode
}

/** Whether the first of two links of one meeting lets in where the second may not: only the first holds a passcode. */
export function opensMore(link: string, than: string): boolean {
  return passcodeOf(than) === null && passcodeOf(link) !== null
}
