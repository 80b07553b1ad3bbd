import type { NewSpeechOrder, SpeechOrder, SpeechOrderStore } from '../../../src/recordings/speech/speech-orders.ts'
import type { Transcript } from '../../../src/recordings/transcripts/transcript.ts'
import type { NewTranscript } from '../../../src/recordings/transcripts/transcript-store.ts'

type Job = Pick<SpeechOrder, 'options' | 'sealedKey' | 'ticket' | 'attempts' | 'leaseUntil' | 'dueAt'>

type Shared = {
  transcripts: () => Transcript[]
  /** Adds the next version; null when there is no such meeting. */
  add: (wanted: NewTranscript) => Transcript | null
}

/** Speech orders beside the transcripts in memory. They pass the same contract suite as those in Postgres. */
export function memorySpeechOrders({ transcripts, add }: Shared) {
  const jobs = new Map<string, Job>()
  const orderOf = (id: string): (Transcript & Job) | null => {
    const [transcript, job] = [transcripts().find((one) => one.id === id), jobs.get(id)]
    return transcript && job ? { ...transcript, ...job } : null
  }
  const held = (id: string, leaseUntil: Date) => {
    const job = orderOf(id) && jobs.get(id)
    return job?.leaseUntil?.getTime() === leaseUntil.getTime() ? job : null
  }
  const speechOrders: SpeechOrderStore = {
    async order({ options, sealedKey, ...wanted }: NewSpeechOrder, isFirst) {
      const versions = transcripts().filter(({ meetingId }) => meetingId === wanted.meetingId)
      if (isFirst && versions.length > 0) return { outcome: 'has_version' }
      const making = versions.find(({ id, state }) => state === 'making' && jobs.get(id)?.dueAt)
      if (making) return { outcome: 'being_made', transcript: structuredClone(making) }
      const { language, model } = options
      const transcript = add({ ...wanted, service: null, language, model })
      if (!transcript) return { outcome: 'no_meeting' }
      const { createdAt: dueAt } = wanted
      jobs.set(wanted.id, {
        ...{ options, sealedKey, dueAt, ticket: null, attempts: 0, leaseUntil: null },
      })
      return { outcome: 'ordered', transcript: structuredClone(transcript) }
    },
    async take(id, now, leaseUntil) {
      const job = orderOf(id) && jobs.get(id)
      if (!job?.dueAt || (job.leaseUntil && job.leaseUntil > now)) return null
      Object.assign(job, { leaseUntil, dueAt: leaseUntil, attempts: job.attempts + 1 })
      return structuredClone(orderOf(id))
    },
    async renew({ id, leaseUntil }, { leaseUntil: next, progress, ticket }) {
      const job = held(id, leaseUntil)
      if (!job) return false
      Object.assign(job, { leaseUntil: next, dueAt: next, ticket: ticket ?? job.ticket })
      const transcript = transcripts().find((one) => one.id === id)
      if (transcript?.state === 'making') transcript.progress = progress ?? transcript.progress
      return true
    },
    async release({ id, leaseUntil }, { dueAt, lastProblem, ticket, isCounted }) {
      const job = held(id, leaseUntil)
      if (!job) return false
      const attempts = isCounted ? job.attempts : job.attempts - 1
      Object.assign(job, { dueAt, ticket, attempts, leaseUntil: null })
      Object.assign(transcripts().find((one) => one.id === id) ?? {}, { lastProblem })
      return true
    },
    async settle(id) {
      Object.assign(jobs.get(id) ?? {}, { dueAt: null, leaseUntil: null })
    },
    async claimDue(now, next, limit) {
      const due = [...jobs].filter(([id, { dueAt }]) => orderOf(id) && dueAt && dueAt <= now).slice(0, limit)
      for (const [, job] of due) job.dueAt = job.leaseUntil && job.leaseUntil > next ? job.leaseUntil : next
      return due.map(([id]) => id)
    },
  }
  /** The caller's key goes when the transcript is finished. */
  const forgetKey = (id: string) => Object.assign(jobs.get(id) ?? {}, { sealedKey: null })
  return { speechOrders, forgetKey }
}
