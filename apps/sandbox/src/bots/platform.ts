/** The platforms that Meeting BaaS sends bots to, under the names of its API. */
export const platforms = ['zoom', 'meet', 'teams'] as const
export type Platform = (typeof platforms)[number]

const hosts: Record<Platform, RegExp> = {
  zoom: /(^|\.)(zoom\.us|zoom\.com|zoomgov\.com|zoom\.com\.cn|zoom-x\.de)$/,
  meet: /^meet\.google\.com$/,
  teams: /(^|\.)teams\.(microsoft\.com|microsoft\.us|live\.com|cloud\.microsoft|microsoftonline\.cn|sovcloud\.fr)$/,
}

/** The platform of a meeting URL, by its host; undefined when it is none of the three. */
export function platformOf(meetingUrl: string): Platform | undefined {
  const host = new URL(meetingUrl).hostname
  return platforms.find((platform) => hosts[platform].test(host))
}
