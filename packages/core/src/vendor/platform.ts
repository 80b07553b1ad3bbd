/** Where meetings take place that bots can join. */
export const platforms = ['zoom', 'meet', 'teams'] as const
export type Platform = (typeof platforms)[number]
