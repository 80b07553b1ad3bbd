import type { Clock } from '../../basics/clock.ts'
import type { ChangeDeps } from '../../meetings/change-meeting.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { type ArtifactKind, linkOf } from '../../vendor/artifact-kinds.ts'
import { resultsOf } from '../../vendor/facts.ts'
import type { VendorBots } from '../../vendor/vendor-bots.ts'
import { noteNews } from './note-news.ts'

export type LinkDeps = ChangeDeps & { vendor: Pick<VendorBots, 'getBot'>; now: Clock }

/** A link must work for so long after it was handed out. A transfer that has begun goes on when its link expires. */
const worksForMs = 60_000

/** The known link of a file, if it works for another minute. */
export function knownLink({ artifacts, artifactsExpireAt }: Meeting, kind: ArtifactKind, now: Date): string | null {
  const worksUntil = now.getTime() + worksForMs
  if (artifactsExpireAt && artifactsExpireAt.getTime() < worksUntil) return null
  return linkOf(artifacts, kind)
}

/**
 * Asks the vendor for new links; it signs them anew for each read.
 * @returns null when it has no such file any more
 * @throws what `getBot` throws
 */
export async function freshLink(deps: LinkDeps, meeting: Meeting, kind: ArtifactKind): Promise<string | null> {
  if (!meeting.meetingBaasId) return null
  const fact = await deps.vendor.getBot(meeting.meetingBaasId)
  const results = resultsOf(fact)
  if (!fact || !results) return null
  await noteNews(deps, meeting.id, fact)
  return linkOf(results.artifacts, kind)
}
