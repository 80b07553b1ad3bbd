import type { RawCalendar } from './provider-account.ts'
import type { SeriesFacts } from './series.ts'

/** An event or a series of events in a provider's calendar; `facts` is what the provider knows of it by now. */
export type ProviderSeries = {
  readonly id: string
  readonly calendar: RawCalendar
  facts: SeriesFacts
}
