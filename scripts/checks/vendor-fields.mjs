/**
 * Field names of the Meeting BaaS API (v1 and v2) that are recognisably the vendor's. Names that anybody might choose,
 * such as created_at or error_code, are left out.
 */
const vendorFields = new Set(
  `account_email all_occurrences allow_multiple_bots app_signin_token artifacts_deleted audio_frequency automatic_leave
  bot_data bot_exited_at bot_id bot_image bot_image_config bot_joined_at bot_name bot_param bot_param_id bot_uuid
  byok_transcription calendar_id calendar_platform calendar_uuid callback_config callback_enabled chat_id chat_messages
  custom_params data_deleted deduplication_key delete_from_provider diarization_v2 duration_seconds enter_message
  entry_message event_uuid exited_at filter_by_extra grace_period include_transcripts is_all_day is_exception
  is_organizer is_recurring loop_mode meeting_participants_file meeting_platform meeting_url mp4_s3_path next_cursor
  no_one_joined_timeout noone_joined_timeout oauth_client_id oauth_client_secret oauth_refresh_token oauth_tenant_id
  obf_token obf_token_url output_url participant_name raw_calendar_id raw_payload recording_mode
  recurring_event_id scheduled_bot_id sender_id sender_name series_bot_scheduled series_id silence_timeout
  speaker_diarization_file speaker_name speech_to_text speech_to_text_api_key speech_to_text_provider
  streaming_audio_frequency streaming_config streaming_enabled streaming_input streaming_output timeout_config
  transcription_config transcription_custom_parameters transcription_enabled transcription_ids transcription_provider
  transcription_status zak_token_url zoom_access_token_url zoom_config zoom_obf_token zoom_obf_token_url zoom_sdk_id
  zoom_sdk_pwd`.split(/\s+/),
)

/**
 * Where the vendor's names belong. Our own SQL columns may look the same, so the database folder is not searched. The
 * tests of the apps send what the vendor and readers of the integration guide send.
 */
const home =
  /^(packages\/infra\/(src|testing)\/(vendor|db)\/|apps\/sandbox\/|apps\/.*(\.test\.ts$|\/testing\/)|scripts\/|test\/|bench\/)/

/** Files that may use some of the names, and why. */
const exceptions = [
  {
    file: /^packages\/core\/src\/vendor\/bot-config(\.test)?\.ts$/,
    names: ['recording_mode', 'automatic_leave', 'silence_timeout', 'speech_to_text', 'bot_name', 'entry_message'],
    reason: 'customBotConfig of the public API takes the names that the integration guide shows.',
  },
  {
    file: /^packages\/core\/src\/log\/entry-data\.ts$/,
    names: ['data_deleted'],
    reason: 'It is a type of event, too.',
  },
]

export function isMisplacedVendorField(file, name) {
  if (!vendorFields.has(name) || home.test(file)) return false
  return !exceptions.some((exception) => exception.file.test(file) && exception.names.includes(name))
}
