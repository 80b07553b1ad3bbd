import type { VendorBots } from '../src/vendor/vendor-bots.ts'
import type { VendorCalendars } from '../src/vendor/vendor-calendars.ts'
import type { VendorLimits } from '../src/vendor/vendor-limits.ts'

/**
 * Which methods of the ports are writes for the vendor, and so need a slot of the shared rate: all that are no GET there
 * (meetingbaas.md §4). A method that is missing here does not compile; a test holds the list against what is sent.
 */
export const vendorWrites: Record<keyof VendorBots | keyof VendorCalendars, boolean> = {
  createBot: true,
  leaveBot: true,
  updateScheduledBot: true,
  cancelScheduledBot: true,
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
  // Reads for us, but a POST for the vendor.
  listRawCalendars: true,
  listCalendars: false,
  getCalendar: false,
  listEvents: false,
  getEvent: false,
}

type TakeSlot = VendorLimits['takeWriteSlot']

/** Slots, by default without end, which know how many of them are held. */
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

/** A vendor that refuses writes for which nobody holds a slot: the shared rate must not be passed by. */
export function checkingSlots<Port extends object>(port: Port, slots: { held: number }): Port {
  return new Proxy(port, {
    get(target, name) {
      const isWrite = vendorWrites[name as keyof typeof vendorWrites]
      if (isWrite && slots.held === 0) throw new Error(`${String(name)} is called without a slot of the write rate.`)
      return Reflect.get(target, name)
    },
  })
}
