import { randomUUID } from 'node:crypto'
import { PermanentError, PostponedError, RetryableError } from '../../src/basics/errors.ts'
import type { SecretCipher } from '../../src/basics/secret-cipher.ts'
import { connectCalendar } from '../../src/calendars/connection/connect-calendar.ts'
import { disconnectCalendar } from '../../src/calendars/connection/disconnect-calendar.ts'
import { dueIntegrations } from '../../src/calendars/connection/due-integrations.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import { requeueStuck } from '../../src/jobs/requeue-stuck.ts'
import { fakeQueue } from '../jobs/fake-queue.ts'
import { at } from '../meetings/builders.ts'
import { checkingSlots, countedSlots } from '../vendor/checked-writes.ts'
import { fakeVendorCalendars } from '../vendor/fake-vendor-calendars.ts'
import { memoryCalendarStores } from './memory-calendar-store.ts'

/** Stores in memory, a fake vendor, a queue that only remembers its jobs, and a clock that the test moves. */
export function calendarWorld() {
  let time = at(0)
  const now = () => time
  const { integrations, calendarEvents: events, tables } = memoryCalendarStores(now)
  const slots = countedSlots()
  const vendor = fakeVendorCalendars({ now })
  const queue = fakeQueue()
  const { jobs: enqueued } = queue
  const pauses: string[] = []
  const deps = {
    integrations,
    events,
    vendor: checkingSlots(vendor, slots),
    limits: {
      takeWriteSlot: slots.takeWriteSlot,
      pauseWrites: async ({ delayMs }: { delayMs: number }) => void pauses.push(`writes ${delayMs}`),
    },
    queue,
    cipher: plainCipher,
    now,
    newId: idsThatGrow(),
    pause: async (ms: number) => pass(ms / 1_000),
    syncEveryMs: 300_000,
  }

  function pass(seconds: number): void {
    time = new Date(time.getTime() + seconds * 1_000)
  }

  /** What the sweep would do every half minute until nothing is owed. */
  async function settle(world: Pick<typeof deps, 'integrations' | 'vendor'> = deps): Promise<void> {
    for (let i = 0; i < 10; i++) {
      pass(150)
      const from = enqueued.length
      await requeueStuck({ ...deps, sources: { calendars: dueIntegrations(integrations) } })
      for (const { name, payload } of enqueued.slice(from)) {
        const integrationId = payload['integrationId'] as string
        const all = { ...deps, ...world }
        if (name === 'connect-calendar') await connectCalendar(all, { integrationId }).catch(tryLater)
        if (name === 'disconnect-calendar') await disconnectCalendar(all, { integrationId }).catch(tryLater)
      }
    }
  }

  return {
    ...deps,
    deps,
    stores: { calendarEvents: events, tables },
    // For the test, which plays the vendor and its other callers.
    vendor,
    enqueued,
    pauses,
    pass,
    settle,
    jobs: () => enqueued.map(({ name }) => name),
    load: async (id: string) => (await integrations.find(id)) as Integration,
    logOf: async (id: string) => (await integrations.log(id, 0, 100)).map(({ type }) => type),
  }
}

/** A temporary failure is no error here, because the next sweep starts the work again. */
function tryLater(error: unknown): void {
  if (!(error instanceof RetryableError || error instanceof PostponedError)) throw error
}

/** Ids of later rows are greater, as in production. */
function idsThatGrow(): () => string {
  let made = 0
  return () => `${(++made).toString(16).padStart(8, '0')}${randomUUID().slice(8)}`
}

/** Seals so that a test can look inside. Like the real cipher, it opens a secret only in its own place. */
export const plainCipher: SecretCipher = {
  seal: (secret, place) => `sealed(${place})${secret}`,
  open: (sealed, place) => {
    const start = `sealed(${place})`
    if (!sealed.startsWith(start)) throw new PermanentError('TOKEN_NOT_READABLE')
    return sealed.slice(start.length)
  },
  isStale: () => false,
}
