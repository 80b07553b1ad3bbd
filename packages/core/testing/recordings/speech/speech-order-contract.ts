import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { NewSpeechOrder, SpeechOrder } from '../../../src/recordings/speech/speech-orders.ts'
import { contentOf } from '../../../src/recordings/transcripts/store-transcript.ts'
import { at } from '../../meetings/builders.ts'
import { aTranscript, said } from '../transcripts/transcript-builders.ts'
import type { TranscriptStage } from '../transcripts/transcript-stage.ts'

const anOrder = (meetingId: string, changes: Partial<NewSpeechOrder> = {}): NewSpeechOrder => ({
  id: randomUUID(),
  meetingId,
  source: 'deepgram',
  sourceKey: randomUUID(),
  requestedBy: null,
  createdAt: at(60),
  options: { language: 'en', model: 'nova-3' },
  sealedKey: 'sealed',
  ...changes,
})

/** What every SpeechOrderStore must keep. */
export function speechOrderContract(stage: () => TranscriptStage): void {
  const ordered = async (changes: Partial<NewSpeechOrder> = {}) => {
    const order = anOrder((await stage().newMeeting()).id, changes)
    await stage().speechOrders.order(order, false)
    return order
  }
  const take = (id: string, from: number, until: number) => stage().speechOrders.take(id, at(from), at(until))
  const release = { dueAt: at(90), lastProblem: null, ticket: null, isCounted: true }

  describe('a speech order', () => {
    test('is the next version of its meeting, with what was chosen', async () => {
      const { id: meetingId } = await stage().newMeeting()
      await stage().store(meetingId, aTranscript([said('Ines', 1, 'Hello')]))
      const order = anOrder(meetingId)
      expect(await stage().speechOrders.order(order, false)).toMatchObject({ outcome: 'ordered' })
      expect(await stage().transcripts.list(meetingId)).toMatchObject([
        { id: order.id, version: 2, state: 'making', isCurrent: false, model: 'nova-3', language: 'en' },
        { version: 1, isCurrent: true },
      ])
    })

    test('is refused while another is being made, and when it had to be the first', async () => {
      const { meetingId } = await ordered()
      const { speechOrders } = stage()
      expect(await speechOrders.order(anOrder(meetingId), false)).toMatchObject({
        outcome: 'being_made',
        transcript: { version: 1 },
      })
      expect(await speechOrders.order(anOrder(meetingId), true)).toEqual({ outcome: 'has_version' })
      expect(await speechOrders.order(anOrder(randomUUID()), false)).toEqual({ outcome: 'no_meeting' })
    })

    test('is taken once among many that ask at the same time', async () => {
      const { id } = await ordered()
      const taken = await Promise.all(Array.from({ length: 6 }, () => take(id, 61, 62)))
      expect(taken.filter((one) => one !== null)).toMatchObject([
        {
          id,
          attempts: 1,
          leaseUntil: at(62),
          dueAt: at(62),
          sealedKey: 'sealed',
          options: { language: 'en', model: 'nova-3' },
        },
      ])
      expect(await take(id, 61.5, 63)).toBeNull()
      expect(await take(id, 62, 63)).toMatchObject({ attempts: 2 })
    })

    test('only one of many orders at the same time is taken', async () => {
      const { id } = await stage().newMeeting()
      const orders = Array.from({ length: 6 }, () => stage().speechOrders.order(anOrder(id), false))
      const outcomes = (await Promise.all(orders)).map(({ outcome }) => outcome)
      expect(outcomes.filter((outcome) => outcome === 'ordered')).toHaveLength(1)
    })

    test('is changed only by whoever has the lease', async () => {
      const { id, meetingId } = await ordered()
      const { speechOrders, transcripts } = stage()
      await take(id, 61, 62)
      const [mine, stale] = [
        { id, leaseUntil: at(62) },
        { id, leaseUntil: at(61) },
      ]
      const [half, kept] = [
        { progress: 0.25, ticket: 't' },
        { progress: null, ticket: null },
      ]
      expect(await speechOrders.renew(stale, { leaseUntil: at(99), progress: 0.5, ticket: 'stale' })).toBe(false)
      expect(await speechOrders.release(stale, release)).toBe(false)
      expect(await speechOrders.renew(mine, { leaseUntil: at(63), ...half })).toBe(true)
      expect(await speechOrders.renew({ id, leaseUntil: at(63) }, { leaseUntil: at(64), ...kept })).toBe(true)
      expect(await transcripts.list(meetingId)).toMatchObject([{ progress: 0.25 }])
      expect(await take(id, 65, 66)).toMatchObject({ ticket: 't' })
    })

    test('that is given back is due when that was said, with its ticket', async () => {
      const { id, meetingId } = await ordered()
      const { speechOrders } = stage()
      await take(id, 61, 62)
      const held = { id, leaseUntil: at(62) }
      expect(await speechOrders.release(held, { ...release, ticket: 't', lastProblem: 'Busy.' })).toBe(true)
      expect(await stage().transcripts.list(meetingId)).toMatchObject([{ state: 'making', lastProblem: 'Busy.' }])
      const again = (await take(id, 90, 91)) as SpeechOrder
      expect(again).toMatchObject({ ticket: 't', lastProblem: 'Busy.', attempts: 2 })
      await speechOrders.release({ id, leaseUntil: at(91) }, { ...release, isCounted: false })
      expect(await take(id, 92, 93)).toMatchObject({ attempts: 2 })
    })

    test('is still owed when its transcript is made, without its key, until it is settled', async () => {
      const { id } = await ordered()
      await take(id, 61, 62)
      await stage().transcripts.complete(id, contentOf(aTranscript([said('Ines', 1, 'Hello')])), at(61.5))
      expect(await take(id, 62, 63)).toMatchObject({ state: 'complete', sealedKey: null })
      await stage().speechOrders.settle(id)
      expect(await take(id, 99, 100)).toBeNull()
    })

    test('loses its key when it fails, and makes room for another', async () => {
      const { id, meetingId } = await ordered()
      await take(id, 61, 62)
      await stage().transcripts.fail(id, { code: 'SPEECH_KEY_REFUSED', message: null }, at(61.5))
      expect(await take(id, 62, 63)).toMatchObject({
        state: 'failed',
        sealedKey: null,
        errorCode: 'SPEECH_KEY_REFUSED',
      })
      expect(await stage().speechOrders.order(anOrder(meetingId), false)).toMatchObject({ outcome: 'ordered' })
    })

    test('is claimed when it is due, and not while somebody has it', async () => {
      const { id } = await ordered()
      const { speechOrders } = stage()
      const claim = async (now: number, next: number) =>
        (await speechOrders.claimDue(at(now), at(next), 500)).includes(id)
      expect(await claim(59, 60)).toBe(false)
      expect(await claim(60, 62)).toBe(true)
      expect(await claim(61, 63)).toBe(false)
      await take(id, 61, 70)
      expect(await claim(69, 71)).toBe(false)
      expect(await claim(70, 72)).toBe(true)
    })
  })
}
