import { benchAccept } from './accept.ts'
import { benchWebhooks } from './webhooks.ts'

const benches: Record<string, { about: string; run: () => Promise<void> }> = {
  accept: { about: 'accepting webhooks and bot orders, beside bare routes', run: benchAccept },
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
