import { benchAccept } from './accept.ts'
import { benchBurst } from './burst.ts'
import { benchCalendars } from './calendars.ts'
import { benchCustody } from './custody.ts'
import { benchEventDeliveries } from './event-deliveries.ts'
import { benchEventStreams } from './event-streams.ts'
import { benchEvents } from './events.ts'
import { benchLine } from './line.ts'
import { benchPlanning } from './planning.ts'
import { benchReconcile } from './reconcile.ts'
import { benchSearch } from './search.ts'
import { benchWebhooks } from './webhooks.ts'

const benches: Record<string, { about: string; run: (argument?: string) => Promise<void> }> = {
  accept: { about: 'accepting webhooks and bot orders, beside bare routes', run: benchAccept },
  burst: {
    about: '500 bookings at once by four workers; `burst 5` where the vendor allows 5 writes/s instead of 20',
    run: (perSecond = '20') => benchBurst(writesPerSecond(perSecond)),
  },
  calendars: { about: 'passes over 10,000 connected calendars, beside one after the other', run: benchCalendars },
  custody: {
    about: 'copying 2 GB to a folder and to S3 beside curl; killed halfway; one and two workers',
    run: benchCustody,
  },
  events: {
    about:
      'numbering events, pages of a thousand in a feed of a million (`events 10000000` for more), a thousand streams (`events streams` alone), a hundred endpoints (`events deliveries` alone)',
    run: async (total = '1000000') => {
      const parts: Record<string, () => Promise<void>> = {
        streams: benchEventStreams,
        deliveries: benchEventDeliveries,
      }
      if (parts[total]) return await parts[total]()
      await benchEvents(numberBetween(1_000_000, 20_000_000, total))
      await benchEventStreams()
      await benchEventDeliveries()
    },
  },
  line: {
    about: 'orders, leaves and setups beside 3,000 bookings and 10,000 calendars; `line postgres` without Redis',
    run: (backend) => benchLine(backend === 'postgres' ? 'postgres' : 'redis'),
  },
  planning: {
    about: 'deciding on 100,000 calendar events, in memory; passes over 1,000 unchanged calendars',
    run: async () => {
      benchPlanning()
      await benchReconcile()
    },
  },
  search: {
    about: 'storing, searching and reading a million utterances of 1,000 users; `search 300000` for fewer',
    run: (total = '1000000') => benchSearch(numberBetween(300_000, 10_000_000, total)),
  },
  webhooks: { about: 'from stored event to applied state, beside no-op jobs', run: benchWebhooks },
}

function writesPerSecond(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 100) return number
  throw new Error('`burst` takes the writes per second that the vendor allows, from 1 to 100.')
}

function numberBetween(least: number, most: number, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`The number must be from ${least} to ${most}.`)
}

const [name = '', argument] = process.argv.slice(2)
const bench = benches[name]
if (bench) {
  await bench.run(argument)
} else {
  console.error('Usage: npm run bench -- NAME')
  for (const [known, { about }] of Object.entries(benches)) console.error(`  ${known.padEnd(10)} ${about}`)
  process.exitCode = 1
}
