import type { VendorBots } from '../../src/vendor/vendor-bots.ts'
import type { VendorCalendars } from '../../src/vendor/vendor-calendars.ts'
import type { VendorLimits } from '../../src/vendor/vendor-limits.ts'

/**
 * Which methods of the ports are writes for the vendor and so need a slot of the shared rate: all that are not a GET
 * there (meetingbaas.md §4). A missing method does not compile, and a test compares the list with the requests that are
 * sent.
 */
export const vendorWrites: Record<keyof VendorBots | keyof VendorCalendars, boolean> = {
  createBot: true,
  leaveBot: true,
  updateScheduledBot: true,
  cancelScheduledBot: true,
  retranscribe: true,
  deleteBotData: true,
  findBots: false,
  listActiveBots: false,
  listBotsSince: false,
  getBot: false,
  getBotStatus: false,
  createCalendar: true,
  updateCalendar: true,
  deleteCalendar: true,
  syncCalendar: true,
  resubscribeCalendar: true,
  // For us a read, but for the vendor a POST.
  listRawCalendars: true,
  listCalendars: false,
  getCalendar: false,
  listEvents: false,
  getEvent: false,
}

type TakeSlot = VendorLimits['takeWriteSlot']

/** Slots that count how many of them are held. By default there is always a free one. */
export function countedSlots(take: TakeSlot = async () => () => {}) {
  const slots = {
    held: 0,
    takeWriteSlot: async (...kind: Parameters<TakeSlot>) => {
      const giveBack = await take(...kind)
      slots.held += 1
      return () => {
        slots.held -= 1
        giveBack()
      }
    },
  }
  return slots
}

/** A vendor that refuses a write while nobody holds a slot, because no write may bypass the shared rate. */
export function checkingSlots<Port extends object>(port: Port, slots: { held: number }): Port {
  return new Proxy(port, {
    get(target, name) {
      const isWrite = vendorWrites[name as keyof typeof vendorWrites]
      if (isWrite && slots.held === 0) throw new Error(`${String(name)} is called without a slot of the write rate.`)
      return Reflect.get(target, name)
    },
  })
}
