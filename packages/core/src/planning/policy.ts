import type { LateAccess, SharingScope } from '../meetings/sharing/sharing.ts'
import type { BotDefaults } from '../vendor/bot-config.ts'

/** What the operator has decided for all users, by the settings of the installation. */
export type Policy = {
  /** How bots are where nobody asks for anything else. */
  defaults: BotDefaults
  /** Whether the rules of users decide what is recorded (AUTO_SCHEDULE). Overrides work in any case. */
  byRule: boolean
  /** Whose bots a user may share instead of having one of their own. */
  sharing: SharingScope
  /** What a user sees of a shared bot that was already recording when the user began to share it. */
  lateAccess: LateAccess
}
