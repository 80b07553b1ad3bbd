import type { FeedEvent } from '@seer/core/log/feed/feed-event'
import { type EventViewOptions, showEvent } from '@seer/core/meetings/views/event-view'

/**
 * An event for a stream of Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Neither types
 * nor JSON as Seer stores it have line breaks.
 */
export function toFrame(event: FeedEvent, view: EventViewOptions): string {
  return `id: ${event.position}\nevent: ${event.type}\ndata: ${showEvent(event, view)}\n\n`
}

/** How long browsers wait before they connect again, in milliseconds. */
export const retryFrame = 'retry: 3000\n\n'

/** A comment. The id moves the reader's cursor on, although nothing is for them, and fires no event in a browser. */
export const heartbeatFrame = (position: number) => `: heartbeat\nid: ${position}\n\n`
