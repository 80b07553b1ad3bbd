import type { SecretCipher } from '../../basics/secret-cipher.ts'
import { isDeleted } from '../../meetings/deletion/data-deletion.ts'
import { isFinal, type Meeting } from '../../meetings/meeting.ts'
import { type Artifact, isOpen } from '../artifact.ts'
import type { ArtifactStore } from '../custody/artifact-store.ts'
import type { Transcript, TranscriptSource } from '../transcripts/transcript.ts'
import { type PlaceDeps, placeOrder } from './place-order.ts'
import { apiKeyPlace } from './speech-orders.ts'
import { preferredServices, type SpeechOffers, type SpeechOptions } from './speech-service.ts'
import { audibleOf } from './speech-source.ts'

type Deps = PlaceDeps & {
  artifacts: Pick<ArtifactStore, 'of'>
  offers: SpeechOffers
  /** Null when this installation cannot keep secrets. */
  cipher: SecretCipher | null
  newId: () => string
}

export type TranscriptWish = SpeechOptions & {
  /** Null: whichever service this installation prefers. */
  source: TranscriptSource | null
  /** The caller's own key at the service. */
  apiKey: string | null
  requestedBy: string
}

export type OrderTranscriptOutcome =
  | { outcome: 'ordered'; transcript: Transcript }
  /** `transcript` is the one that is being made. */
  | { outcome: 'being_made'; transcript: Transcript }
  | { outcome: 'nothing_to_transcribe'; because: 'meeting_goes_on' | 'not_stored_yet' | 'not_recorded' | 'deleted' }
  | { outcome: 'not_offered'; source: TranscriptSource; because: 'not_configured' | 'needs_key' | 'cannot_keep_keys' }
  | { outcome: 'no_meeting' }

/** Orders another transcript of a recording. The job `retranscribe` makes it. */
export async function orderTranscript(
  deps: Deps,
  meeting: Meeting,
  wish: TranscriptWish,
): Promise<OrderTranscriptOutcome> {
  const { apiKey, language, model, requestedBy } = wish
  const source = wish.source ?? preferredOf(deps.offers)
  const refusal = whyNotOffered(deps, source, apiKey)
  if (refusal) return { outcome: 'not_offered', source, because: refusal }
  const nothing = whyNothing(meeting, await deps.artifacts.of(meeting.id), source)
  if (nothing) return { outcome: 'nothing_to_transcribe', because: nothing }
  const id = deps.newId()
  const sealedKey = apiKey === null ? null : (deps.cipher as SecretCipher).seal(apiKey, apiKeyPlace(id))
  const order = { id, meetingId: meeting.id, source, requestedBy, sealedKey, options: { language, model } }
  const ordered = await placeOrder(deps, order, { isFirst: false })
  if (ordered.outcome === 'has_version') throw new Error('Only an order that must be the first can be too late.')
  return ordered
}

const preferredOf = (offers: SpeechOffers) => preferredServices.find((one) => offers[one] === 'offered') ?? 'vendor'

function whyNotOffered({ offers, cipher }: Deps, source: TranscriptSource, apiKey: string | null) {
  if (offers[source] === 'not_offered') return 'not_configured'
  if (apiKey === null) return offers[source] === 'own_key' ? 'needs_key' : null
  return cipher === null ? 'cannot_keep_keys' : null
}

/** The vendor has its own copy of the recording. The others need ours. */
function whyNothing(meeting: Meeting, artifacts: readonly Artifact[], source: TranscriptSource) {
  if (!isFinal(meeting.state)) return 'meeting_goes_on'
  if (isDeleted(meeting, 'transcripts')) return 'deleted'
  const media = artifacts.filter(({ kind }) => kind === 'audio' || kind === 'video')
  if (source === 'vendor') {
    const hasAny = media.some((one) => one.state === 'stored' || isOpen(one))
    return hasAny && meeting.meetingBaasId !== null ? null : 'not_recorded'
  }
  if (audibleOf(artifacts)) return null
  return media.some(isOpen) ? 'not_stored_yet' : 'not_recorded'
}
