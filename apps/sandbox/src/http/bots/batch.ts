import { ZodError, z } from 'zod'
import type { Refusal } from '../../bots/account.ts'
import { parse } from '../parse.ts'
import { describeIssues, VendorError } from '../vendor-error.ts'

/** A batch holds 1 to 100 items (openapi-v2.json, BatchCreateBotsRequestBody). */
const batchSchema = z.array(z.unknown()).min(1).max(100)

type Extra = Record<string, unknown> | null
export type ItemError = { code: string; message: string; details: string | null }
export type ItemResult = { botId: string } | { error: ItemError }

/**
 * Runs each item by itself, in order. The answer is always a success: `data` lists the items that worked, `errors` the
 * items that failed. The codes of items have no `FST_ERR_` prefix.
 */
export function runBatch(body: unknown, run: (item: unknown) => ItemResult) {
  const items = parse('body', batchSchema, body)
  const data: { index: number; bot_id: string; extra: Extra }[] = []
  const errors: ({ index: number; extra: Extra } & ItemError)[] = []
  for (const [index, item] of items.entries()) {
    const extra = extraOf(item)
    const result = runItem(item, run)
    if ('botId' in result) data.push({ index, bot_id: result.botId, extra })
    else errors.push({ index, ...result.error, extra })
  }
  return { success: true, data, errors }
}

export function refusalError(code: Refusal, message: string): ItemError {
  return { code, message, details: null }
}

function runItem(item: unknown, run: (item: unknown) => ItemResult): ItemResult {
  try {
    return run(item)
  } catch (error) {
    if (error instanceof ZodError) {
      return { error: { code: 'VALIDATION_ERROR', message: 'Validation failed', details: describeIssues('', error) } }
    }
    if (error instanceof VendorError) {
      const code = error.code === 'FST_ERR_INVALID_MEETING_PLATFORM' ? 'INVALID_MEETING_PLATFORM' : 'VALIDATION_ERROR'
      return { error: { code, message: error.message, details: null } }
    }
    throw error
  }
}

function extraOf(item: unknown): Extra {
  const extra = (item as { extra?: unknown } | null)?.extra
  return typeof extra === 'object' && extra !== null ? (extra as Extra) : null
}
