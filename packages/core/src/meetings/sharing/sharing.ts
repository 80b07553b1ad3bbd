import { domainOf } from '../../people/addresses.ts'
import { isFreeMail } from '../../people/free-mail.ts'
import { opens, opensMore } from '../link/passcode.ts'

/**
 * Who may share the bot that another user has in the same meeting; a setting of the deployment, because who shares a
 * bot sees what it records. Everybody else gets a bot of their own.
 */
export const sharingScopes = ['nobody', 'domain', 'all'] as const
export type SharingScope = (typeof sharingScopes)[number]

/** What somebody sees who came to share a bot when it was recording already: all of it, or only how the bot stands. */
export const lateAccesses = ['recording', 'status'] as const
export type LateAccess = (typeof lateAccesses)[number]

/**
 * Calendar connections that prove where somebody works. To come to share a bot takes an account that is open now; a bot
 * still belongs to the domain of whoever booked it when that access lapses.
 */
export const sharerStatuses = ['active', 'error'] as const
export const ownerStatuses = [...sharerStatuses, 'revoked', 'permission_denied', 'disconnecting'] as const

/**
 * Whether a user may share the bot of another one.
 * @param owner e-mail addresses of the other's verified calendar accounts
 * @param sharer those of the user who wants to share; a common one that is not a mail provider's counts
 */
export function mayShare(scope: SharingScope, owner: readonly string[], sharer: readonly string[]): boolean {
  if (scope !== 'domain') return scope === 'all'
  const domains = new Set(owner.map((email) => domainOf(email.toLowerCase())))
  return sharer.map((email) => domainOf(email.toLowerCase())).some((own) => domains.has(own) && isCompany(own))
}

/** What a user has to do with a meeting: the link, and whether an event of the meeting is in the user's calendar. */
export type Guest = { meetingUrl: string; isInvited: boolean }

/** What it takes to enter where a bot goes. */
export type Entrance = {
  joinUrl: string
  /** Links of those who ordered the bot by hand and have no event of its meeting. */
  uninvited: readonly string[]
}

/**
 * Whether a user may share a bot as far as the passcode goes. Somebody who is invited may, and so may somebody with a
 * link that opens the meeting. Should the bot get its passcode by this user, the same is asked of those who have the
 * bot: nobody comes into a meeting by the passcode of another.
 */
export function mayEnter({ meetingUrl, isInvited }: Guest, { joinUrl, uninvited }: Entrance): boolean {
  if (opensMore(meetingUrl, joinUrl)) return uninvited.every((link) => opens(link, meetingUrl))
  return isInvited || opens(meetingUrl, joinUrl)
}

/**
 * `mayShare` for a user who shares the bot already: an owner who has no account any more, whose plan will hand the bot
 * over, does not cost the others theirs.
 */
export function mayKeepSharing(scope: SharingScope, owner: readonly string[], sharer: readonly string[]): boolean {
  if (scope !== 'domain' || owner.length > 0) return mayShare(scope, owner, sharer)
  return sharer.some((email) => isCompany(domainOf(email.toLowerCase())))
}

const isCompany = (domain: string): boolean => domain !== '' && !isFreeMail(domain)
