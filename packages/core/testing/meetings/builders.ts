import { randomUUID } from 'node:crypto'
import type { Meeting } from '../../src/meetings/meeting.ts'
import { newMeeting } from '../../src/meetings/new-meeting.ts'
import type { BotDefaults } from '../../src/vendor/bot-config.ts'
import type { CompletedFact, StatusFact } from '../../src/vendor/facts.ts'

/** A time of the test's day, as minutes and seconds after noon. */
export function at(minutes: number, seconds = 0): Date {
  return new Date(Date.UTC(2026, 2, 11, 12, minutes, seconds))
}

export const botDefaults: BotDefaults = {
  name: 'Seer Meeting Bot',
  recordingMode: 'speaker_view',
  speechToText: true,
  entryMessage: null,
  botImage: null,
  automaticLeave: { waitingRoomTimeout: 120, nooneJoinedTimeout: 300, silenceTimeout: 600 },
}

/** A new meeting with a new id. */
export function aMeeting(changes: Partial<Meeting> = {}): Meeting {
  const { name: botName, ...botConfig } = botDefaults
  const meeting = newMeeting({
    id: randomUUID(),
    userId: randomUUID(),
    link: { url: 'https://meet.google.com/abc-defg-hij', platform: 'meet', joinKey: 'meet:abc-defg-hij' },
    botName,
    botConfig,
    extra: null,
    joinAt: null,
    createdAt: at(0),
    writeDueAt: null,
  })
  return { ...meeting, ...changes }
}

export function status(code: string, time: Date | null, changes: Partial<StatusFact> = {}): StatusFact {
  return { kind: 'status', code, at: time, message: null, recordingStartedAt: null, ...changes }
}

export function completed(time: Date, changes: Partial<CompletedFact> = {}): CompletedFact {
  return {
    kind: 'completed',
    at: time,
    joinedAt: at(1),
    exitedAt: at(30),
    durationSeconds: 1_740,
    artifacts: {
      video: 'https://files.example.test/video.mp4',
      audio: 'https://files.example.test/audio.flac',
      diarization: null,
      transcription: 'https://files.example.test/transcription.json',
      rawTranscription: null,
      chat: null,
    },
    artifactsExpireAt: at(40),
    participants: [{ name: 'Ines Okafor', id: '1', displayName: null }],
    speakers: [{ name: 'Ines Okafor', id: '1', displayName: null }],
    ...changes,
  }
}
