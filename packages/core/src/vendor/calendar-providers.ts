/** The providers whose calendars can be connected. */
export const calendarProviders = ['google', 'microsoft'] as const
export type CalendarProvider = (typeof calendarProviders)[number]
