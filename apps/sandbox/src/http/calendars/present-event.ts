import { linkPlatform } from '../../calendars/calendar-notices.ts'
import { hasBot, type Instance, type VendorSeries } from '../../calendars/connection.ts'
import { rawPayload } from '../../calendars/provider/raw-payload.ts'
import { iso } from '../../time.ts'

/** Events as the vendor's API shows them (openapi-v2.json, ListEventsResponse, GetEventDetailsResponse). */

export function eventItem(event: Instance) {
  const { series, start, end, status, isException, content, createdAt } = event
  return {
    series_id: series.id,
    event_type: series.type,
    event_id: event.id,
    title: content.title,
    start_time: iso(start),
    end_time: iso(end),
    status,
    is_exception: isException,
    ...place(event),
    created_at: iso(createdAt),
  }
}

export function eventDetails(event: Instance) {
  const { series, start, end, status, content, createdAt, updatedAt } = event
  const { title, description, location, timezone, isAllDay, organizer } = content
  const { account } = series.connection.calendar
  return {
    event_id: event.id,
    series_id: series.id,
    event_type: series.type,
    title,
    description,
    location,
    start_time: iso(start),
    end_time: iso(end),
    timezone,
    is_all_day: isAllDay,
    status,
    organizer_email: organizer?.email ?? null,
    organizer_name: organizer?.name ?? null,
    attendees: attendees(event),
    calendar_platform: account.platform,
    ...place(event),
    raw_payload: rawPayload(event),
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  }
}

export function seriesItem(series: VendorSeries, showCancelled: boolean) {
  const shown = series.instances.filter(({ status }) => showCancelled || status !== 'cancelled')
  const soonest = shown.toSorted((left, right) => left.start - right.start)
  return {
    series_id: series.id,
    event_type: series.type,
    calendar_id: series.connection.id,
    created_at: iso(series.createdAt),
    events: soonest.map((event) => {
      const { series_id: _series, event_type: _type, ...item } = eventItem(event)
      return item
    }),
  }
}

function place(event: Instance) {
  const { meetingUrl } = event.content
  return {
    meeting_url: meetingUrl,
    meeting_platform: linkPlatform(meetingUrl),
    calendar_id: event.series.connection.id,
    bot_scheduled: hasBot(event),
  }
}

function attendees({ content }: Instance) {
  if (!content.attendees) return null
  return content.attendees.map(({ email, name, response, organizer, self }) => ({
    email,
    name,
    response_status: response,
    ...(organizer === undefined ? {} : { organizer }),
    ...(self === undefined ? {} : { self }),
  }))
}
