/** The parameters in which Zoom and Teams put the passcode of a meeting. Google Meet has none. */
const parameters = ['pwd', 'p']

/** The passcode in a meeting link; null when there is none. */
export function passcodeOf(link: string): string | null {
  if (!link.includes('?') || !URL.canParse(link)) return null
  const { searchParams } = new URL(link)
  return parameters.map((name) => searchParams.get(name)).find((value) => value) ?? null
}

/** Whether `link` opens the meeting that `joinUrl` leads to. Both are links of the same meeting. */
export function opens(link: string, joinUrl: string): boolean {
  const passcode = passcodeOf(joinUrl)
  return passcode === null || passcodeOf(link) === passcode
}

/** Whether `link` has a passcode and `than`, another link of the same meeting, has none. */
export function opensMore(link: string, than: string): boolean {
  return passcodeOf(than) === null && passcodeOf(link) !== null
}
