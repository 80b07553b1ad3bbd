import { ownerStatuses, sharerStatuses } from '@seer/core/meetings/sharing/sharing'

const listed = (statuses: readonly string[]) => statuses.map((status) => `'${status}'`).join(', ')

/** Lists of statuses for `accountsOf`. They are constants of the product, so they may be in a statement's text. */
export const ownerAccounts = listed(ownerStatuses)
export const sharerAccounts = listed(sharerStatuses)

/** An SQL expression: the addresses of a user's calendar accounts that prove where the user works. */
export function accountsOf(userId: string, statuses: string): string {
  return `(SELECT array_agg(DISTINCT lower(account_email)) FROM calendar_integrations
    WHERE calendar_integrations.user_id = ${userId} AND status IN (${statuses}))`
}
