import { sameMeetingWindowMs } from '@seer/core/meetings/meeting-store'
import { sharerAccounts } from '../calendars/verified-accounts.ts'

const window = `interval '${sameMeetingWindowMs} milliseconds'`

/**
 * An SQL condition: the user has an event of the meeting at about this time in a connected calendar. The vendor lists
 * events that the owner declined as cancelled. Such a user was invited, too.
 */
export function isInvited(userId: string, joinKey: string, time: string): string {
  return `EXISTS (SELECT FROM calendar_events e JOIN calendar_integrations c ON c.id = e.integration_id
    WHERE e.user_id = ${userId} AND e.join_key = ${joinKey} AND e.removed_at IS NULL
      AND e.start_time <= ${time} + ${window} AND e.end_time >= ${time} - ${window}
      AND (e.status <> 'cancelled' OR e.attendees @> '[{"self": true, "responseStatus": "declined"}]')
      AND c.status IN (${sharerAccounts}))`
}

/**
 * An SQL query for the users who ordered the bot by hand, as owner or to share it, and have no event of its meeting;
 * with their links.
 */
export function uninvitedTo(meetings: string): string {
  const at = `coalesce(${meetings}.join_at, ${meetings}.created_at)`
  return `SELECT users.* FROM (
      SELECT ${meetings}.user_id AS "userId", coalesce(${meetings}.own_url, ${meetings}.meeting_url) AS "meetingUrl"
      WHERE ${meetings}.calendar_event_id IS NULL
      UNION ALL
      SELECT s.user_id, coalesce(s.own_url, split_part(${meetings}.meeting_url, '?', 1)) FROM meeting_subscribers s
      WHERE s.meeting_id = ${meetings}.id AND s.calendar_event_id IS NULL) AS users
    WHERE NOT ${isInvited('users."userId"', `${meetings}.join_key`, at)}`
}

/** An SQL expression: the links of these users. */
export const uninvitedLinks = (meetings: string) =>
  `(SELECT array_agg(guests."meetingUrl") FROM (${uninvitedTo(meetings)}) AS guests)`
