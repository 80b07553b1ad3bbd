import { domainOf } from '../../people/addresses.ts'
import { isFreeMail } from '../../people/free-mail.ts'
import { opens, opensMore } from '../link/passcode.ts'

/**
 * Who may share another user's bot in the same meeting. A setting of the deployment, because a user who shares a bot
 * sees what it records. Everybody else gets a bot of their own.
 */
export const sharingScopes = ['nobody', 'domain', 'all'] as const
export type SharingScope = (typeof sharingScopes)[number]

/** What a user sees who began to share a bot while it was recording: everything, or only the bot's state. */
export const lateAccesses = ['recording', 'status'] as const
export type LateAccess = (typeof lateAccesses)[number]

/**
 * Calendar connections that prove where a user works. To begin sharing a bot, a user needs an account that is open now.
 * A bot keeps the domain of the user who booked it, even when that user's access lapses.
 */
export const sharerStatuses = ['active', 'error'] as const
export const ownerStatuses = [...sharerStatuses, 'revoked', 'permission_denied', 'disconnecting'] as const

/**
 * Whether a user may share another user's bot.
 * @param owner e-mail addresses of the owner's verified calendar accounts
 * @param sharer addresses of the user who wants to share; a common domain counts unless it is a mail provider's
 */
export function mayShare(scope: SharingScope, owner: readonly string[], sharer: readonly string[]): boolean {
  if (scope !== 'domain') return scope === 'all'
  const domains = new Set(owner.map((email) => domainOf(email.toLowerCase())))
  return sharer.map((email) => domainOf(email.toLowerCase())).some((own) => domains.has(own) && isCompany(own))
}

/** What a user has to do with a meeting: the link, and whether an event of the meeting is in the user's calendar. */
export type Guest = { meetingUrl: string; isInvited: boolean }

/** What a user needs to enter the meeting of a bot. */
export type Entrance = {
  joinUrl: string
  /** Links of users who ordered the bot by hand and have no event of its meeting. */
  uninvited: readonly string[]
}

/**
 * Whether the passcode lets a user share a bot. An invited user may, and so may a user whose link opens the meeting. If
 * the bot would get its passcode from this user, the same is asked of the users who have the bot. So nobody enters a
 * meeting by another user's passcode.
 */
export function mayEnter({ meetingUrl, isInvited }: Guest, { joinUrl, uninvited }: Entrance): boolean {
  if (opensMore(meetingUrl, joinUrl)) return uninvited.every((link) => opens(link, meetingUrl))
  return isInvited || opens(meetingUrl, joinUrl)
}

/**
 * `mayShare` for a user who shares the bot already. If the owner has no account any more, the owner's plan will hand
 * the bot over, so the other users keep it.
 */
export function mayKeepSharing(scope: SharingScope, owner: readonly string[], sharer: readonly string[]): boolean {
  if (scope !== 'domain' || owner.length > 0) return mayShare(scope, owner, sharer)
  return sharer.some((email) => isCompany(domainOf(email.toLowerCase())))
}

const isCompany = (domain: string): boolean => domain !== '' && !isFreeMail(domain)
