import { z } from 'zod'

const tag = '(?:W/)?"[^"]*"'
const tags = new RegExp(`^${tag}(?:\\s*,\\s*${tag})*$`)

/**
 * `If-Match` (RFC 9110) as the texts of its tags; null for `*`, which any version matches. Weak tags count: proxies that
 * compress answers make strong ones weak.
 */
const IfMatch = z
  .string()
  .trim()
  .max(1_000)
  .refine((text) => text === '*' || tags.test(text), 'must be * or ETags in double quotes')
  .transform((text) => (text === '*' ? null : [...text.matchAll(/"([^"]*)"/g)].map(([, inner]) => String(inner))))
  .optional()
  .meta({
    description: 'The `ETag` of the rules that you have read. If the rules have changed since then, yours are refused.',
    examples: ['"3"'],
  })

export const IfMatchHeaders = z.looseObject({ 'if-match': IfMatch })
