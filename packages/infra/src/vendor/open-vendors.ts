import { defaultAccount, type VendorAccount, type VendorAccounts } from '@seer/core/vendor/vendor-accounts'
import type { VendorLimits } from '@seer/core/vendor/vendor-limits'
import type { z } from 'zod'
import { oauthClients } from '../config/calendar-connection-settings.ts'
import type { InfraSettings } from '../config/infra-settings.ts'
import { callbackSecrets, type webhookSettings } from '../config/settings.ts'
import type { Logger } from '../observe/logger.ts'
import { openVendorBots } from './v2/open-vendor-bots.ts'
import { openVendorCalendars } from './v2/open-vendor-calendars.ts'
import { openWebhookReader } from './webhooks/open-webhook-reader.ts'

/** Settings of the account `default`. Only the API reads those about the proof of webhooks. */
export type VendorSettings = InfraSettings & Partial<z.output<z.ZodObject<typeof webhookSettings>>>

export type OpenVendors = VendorAccounts & {
  /** Closes the accounts that were opened. */
  close(): Promise<void>
}

type OpenAccount = VendorAccount & { close(): Promise<void> }

/**
 * The accounts at the vendor. There is one, `default`, and the environment settings define it. It is opened when it is
 * first used.
 * @param limits the write rate and the pauses that all processes share
 */
export function openVendors(settings: VendorSettings, limits: VendorLimits, log: Logger): OpenVendors {
  let account: OpenAccount | null = null
  return {
    of(accountId) {
      if (accountId !== defaultAccount) throw new Error(`There is no account "${accountId}" at the vendor.`)
      account ??= openAccount(settings, limits, log)
      return account
    },
    async close() {
      await account?.close()
    },
  }
}

function openAccount(settings: VendorSettings, limits: VendorLimits, log: Logger): OpenAccount {
  const { MEETINGBAAS_API_KEY: apiKey, MEETINGBAAS_API_URL: baseUrl } = settings
  const secrets = callbackSecrets(settings)
  const shared = { apiKey, baseUrl, log: (call: object) => log.debug(call, 'vendor.called') }
  const callback = { url: `${settings.BASE_URL}/api/meetingbaas/webhooks`, secret: secrets[0] }
  const bots = openVendorBots({ ...shared, callback })
  const calendars = openVendorCalendars({ ...shared, oauthClients: oauthClients(settings) })
  return {
    bots,
    calendars,
    limits,
    botsPerDay: settings.MEETINGBAAS_DAILY_BOT_CAP ?? null,
    reader: openWebhookReader({
      signingSecrets: settings.MEETINGBAAS_WEBHOOK_SECRET ?? [],
      callbackSecrets: secrets,
      apiKey,
      verification: settings.WEBHOOK_VERIFICATION === false ? 'off' : 'required',
    }),
    async close() {
      await Promise.all([calendars.close(), bots.close()])
    },
  }
}
