import { describe, expect, test } from 'vitest'
import { botDefaults } from '../../testing/meetings/builders.ts'
import { CustomBotConfig, resolveBotConfig } from './bot-config.ts'

describe('the configuration of a bot', () => {
  test('takes both spellings of a field', () => {
    const snake = CustomBotConfig.parse({ recording_mode: 'gallery_view', automatic_leave: { silence_timeout: 300 } })
    const camel = CustomBotConfig.parse({ recordingMode: 'gallery_view', automaticLeave: { silenceTimeout: 300 } })
    expect(snake).toEqual(camel)
    expect(snake).toEqual({ recordingMode: 'gallery_view', automaticLeave: { silenceTimeout: 300 } })
  })

  test('fields that the caller leaves out have the operator’s defaults', () => {
    const config = resolveBotConfig(botDefaults, CustomBotConfig.parse({ automaticLeave: { waitingRoomTimeout: 600 } }))
    expect(config).toEqual({
      recordingMode: 'speaker_view',
      speechToText: true,
      entryMessage: null,
      botImage: null,
      automaticLeave: { waitingRoomTimeout: 600, nooneJoinedTimeout: 300, silenceTimeout: 600 },
    })
  })

  test.each([
    [{ recordingMode: 'cinema' }],
    [{ colour: 'red' }],
    [{ automaticLeave: { waitingRoomTimeout: 5 } }],
    [{ automaticLeave: { other: 300 } }],
    [{ botImage: 'javascript:alert(1)' }],
    [[]],
    ['speaker_view'],
    [null],
  ])('refuses %j', (config) => {
    expect(CustomBotConfig.safeParse(config).success).toBe(false)
  })
})
