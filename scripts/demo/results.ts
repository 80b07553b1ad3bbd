import { createHash } from 'node:crypto'
import type { Api } from './api.ts'

export type FinishedBot = {
  id: string
  speakers?: { name: string }[] | null
  recordingUrl?: string | null
  delivery?: { grade: string; reasons: string[] } | null
}

type Recording = { kind: string; state: string; sha256: string; bytes: number; durationSeconds: number; url: string }

type Passage = { speaker: string; startMs: number; text: string; highlights: [number, number][] }

const searched = 'forecast'
const cuesShown = 2

/**
 * Fetches what a bot has brought from Seer's own links: the recording with its checksum and grade, a hit of the search,
 * and subtitles.
 * @throws {Error} when any of it is missing or damaged
 */
export async function showResults(api: Api, bot: FinishedBot): Promise<void> {
  console.log(`\nSpeakers    ${bot.speakers?.map(({ name }) => name).join(', ') || 'none'}`)
  await showRecording(api, bot)
  showDelivery(bot)
  await showSearch(api, bot)
  await showSubtitles(api, bot)
}

async function showRecording(api: Api, { id, recordingUrl }: FinishedBot): Promise<void> {
  const recordings = await api.get<Recording[]>(`/bots/${id}/recordings`)
  const video = recordings.find(({ kind, state }) => kind === 'video' && state === 'stored')
  if (!video || !recordingUrl) throw new Error('The bot has no stored video.')
  const file = await api.download(recordingUrl)
  const sha256 = createHash('sha256').update(file).digest('hex')
  console.log(`Recording   ${recordingUrl}`)
  show(`fetched, ${file.length} bytes, ${minutesAndSeconds(video.durationSeconds * 1_000)}`)
  if (sha256 !== video.sha256) throw new Error(`The recording is damaged: its SHA-256 is ${sha256}.`)
  show(`SHA-256 ${sha256} is right`)
}

function showDelivery({ delivery }: FinishedBot): void {
  if (delivery?.grade !== 'good') throw new Error(`The delivery is not good: ${JSON.stringify(delivery)}`)
  console.log(`Delivery    ${delivery.grade}: everything that was asked for is there`)
}

async function showSearch(api: Api, { id }: FinishedBot): Promise<void> {
  const [passage] = await api.get<Passage[]>(`/transcripts/search?q=${searched}&botId=${id}&limit=1`)
  if (!passage) throw new Error(`The search finds no "${searched}" in the transcript.`)
  console.log(`Search      "${searched}" was said at ${minutesAndSeconds(passage.startMs)} by ${passage.speaker}:`)
  show(highlighted(passage))
}

function highlighted({ text, highlights }: Passage): string {
  return highlights.reduceRight(
    (marked, [start, end]) => `${marked.slice(0, start)}[${marked.slice(start, end)}]${marked.slice(end)}`,
    text,
  )
}

/** WebVTT: a head, and then cues with an empty line between them. */
async function showSubtitles(api: Api, { id }: FinishedBot): Promise<void> {
  const file = await api.download(api.urlOf(`/bots/${id}/transcript?format=vtt`))
  const [head, ...cues] = file.toString('utf8').trim().split(/\n\n+/)
  if (!head?.startsWith('WEBVTT') || cues.length === 0) throw new Error('The transcript is empty.')
  console.log(`Subtitles   as WebVTT, ${cues.length} cues:`)
  for (const line of cues.slice(0, cuesShown).join('\n').split('\n')) show(line)
}

function minutesAndSeconds(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

const show = (line: string) => console.log(`${' '.repeat(12)}${line}`)
