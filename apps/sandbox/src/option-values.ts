import { InvalidArgumentError } from 'commander'
import type { OauthClient } from './calendars/provider/account-book.ts'
import { isWebhookSecret } from './notifications/svix-signature.ts'

/** Readers for the values of options and variables. When they refuse a value, the program ends with one sentence. */

export function number(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`)
    }
    return value
  }
}

export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = number(min, max)(text)
    if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.')
    return value
  }
}

/** Also accepts what people put into environment variables. */
export function yesOrNo(text: string): boolean {
  if (/^(yes|true|on|1)$/i.test(text)) return true
  if (/^(no|false|off|0|)$/i.test(text)) return false
  throw new InvalidArgumentError('It must be yes or no.')
}

export function list(text: string, previous: string[] = []): string[] {
  const items = text.split(',').map((item) => item.trim())
  return [...previous, ...items.filter((item) => item !== '')]
}

export function urls(text: string, previous: string[] = []): string[] {
  for (const url of list(text)) {
    if (!URL.canParse(url) || !/^https?:/.test(url)) throw new InvalidArgumentError(`"${url}" is not an HTTP URL.`)
  }
  return list(text, previous)
}

export function secrets(text: string, previous: string[] = []): string[] {
  if (!list(text).every(isWebhookSecret)) {
    throw new InvalidArgumentError('Each secret must be whsec_ followed by base64.')
  }
  return list(text, previous)
}

export function oauthClients(text: string, previous: OauthClient[] = []): OauthClient[] {
  const clients = list(text).map((client) => {
    const [, id, secret] = /^([^:]+):(.+)$/.exec(client) ?? []
    if (!id || !secret) throw new InvalidArgumentError('It must be a client id, a colon and a secret.')
    return { id, secret }
  })
  return [...previous, ...clients]
}

export function origin(text: string): string {
  if (!URL.canParse(text)) throw new InvalidArgumentError('It must be a URL.')
  return text.replace(/\/+$/, '')
}

export function dateTime(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be an ISO 8601 date-time.')
  return time
}
