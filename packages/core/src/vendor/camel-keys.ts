import type { z } from 'zod'
import { isSameJson } from '../basics/same-json.ts'

/** Spells the fields of a body `recordingMode` where a caller wrote `recording_mode`, at every depth. */
export function camelKeys(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = new Map<string, unknown>()
  for (const [key, inner] of Object.entries(value)) {
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const field = camelKeys(inner, context)
    if (fields.has(name) && !isSameJson(fields.get(name), field)) {
      // Choosing one of them could be wrong: `recordingMode: "audio_only", recording_mode: "gallery_view"`.
      context.addIssue({ code: 'custom', path: [name], message: 'is given in both spellings, with different values' })
    }
    fields.set(name, field)
  }
  return Object.fromEntries(fields)
}
