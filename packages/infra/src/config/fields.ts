/**
 * Types of environment variables. Each reads the text of a variable. Its description says the meaning and the unit, and
 * .env.example shows it. A message never contains the value, which may be a secret.
 */
import { z } from 'zod'

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .trim()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
}

/** `true` or `false`; also `on` and `off`, `1` and `0`. */
export function flag() {
  return z
    .string()
    .trim()
    .toLowerCase()
    .refine((text) => /^(true|false|on|off|1|0)$/.test(text), 'must be true or false')
    .transform((text) => /^(true|on|1)$/.test(text))
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z
    .string()
    .trim()
    .pipe(z.enum(words, { error: `must be ${words.join(' or ')}` }))
}

/** A URL with one of these schemes, such as `postgresql:`. A trailing slash is removed. */
export function url(...schemes: string[]) {
  const names = schemes.map((scheme) => `${scheme}//`).join(' or ')
  return z
    .string()
    .trim()
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), `must be a URL with ${names}`)
    .transform((text) => text.replace(/\/+$/, ''))
}

/** Texts separated by commas. Empty ones are dropped. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
}
