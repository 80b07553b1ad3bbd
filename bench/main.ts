import { benchAccept } from './accept.ts'
import { benchCalendars } from './calendars.ts'
import { benchPlanning } from './planning.ts'
import { benchWebhooks } from './webhooks.ts'

const benches: Record<string, { about: string; run: () => Promise<void> }> = {
  accept: { about: 'accepting webhooks and bot orders, beside bare routes', run: benchAccept },
  calendars: { about: 'passes over 10,000 connected calendars, beside one after the other', run: benchCalendars },
  planning: { about: 'deciding on 100,000 calendar events, in memory', run: benchPlanning },
  webhooks: { about: 'from stored event to applied state, beside no-op jobs', run: benchWebhooks },
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (bench) {
  await bench.run()
} else {
  console.error('Usage: npm run bench -- NAME')
  for (const [known, { about }] of Object.entries(benches)) console.error(`  ${known.padEnd(10)} ${about}`)
  process.exitCode = 1
}
