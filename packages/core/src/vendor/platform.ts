/** The platforms whose meetings bots can join. */
export const platforms = ['zoom', 'meet', 'teams'] as const
export type Platform = (typeof platforms)[number]
