import { decodeHTMLStrict } from 'entities'
import { type Address, addressParser, type Mailbox } from 'postal-mime'
import { isEmail, normaliseDomain } from './addresses.ts'

/** The people in an address field. */
export type AddressField = {
  /** Addresses are in the form in which addresses are compared. */
  people: { email: string; name: string | null }[]
  /** How many more people the field names, without an address that tells who they are. */
  unknown: number
}

/** Matches nearly all addresses: lower case, ASCII, nothing around them, and not a disguise (see `isDisguise`). */
const isPlain =
  /^(?!imcea|outlook_|unknownorganizer@)[a-z0-9][a-z0-9._+'-]{0,63}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/
/**
 * Matches addresses that do not tell whom they belong to: X.500 names wrapped by Exchange (IMCEAEX- and its siblings,
 * MS-OXCMAIL), outlook.com accounts that have another address, and the organiser whom Google hides.
 */
const isDisguise = /^imcea[a-z]*-|^outlook_[0-9a-f]{12,}@|^unknownorganizer@/
/** A field with a name and a few addresses is shorter than this. The parser does not read longer ones. */
const longestField = 2_000

const nobodyKnown: AddressField = { people: [], unknown: 1 }

/**
 * Reads what calendars and people write where an address belongs: `Jane Doe <jane@client.test>`, `mailto:` links,
 * quotation marks, comments, several addresses, groups. A text without an address counts as one unknown person: an
 * X.500 name of Exchange, the name of a list, or nothing at all.
 */
export function readAddressField(text: string): AddressField {
  if (isPlainAddress(text)) return { people: [{ email: text, name: null }], unknown: 0 }
  const field = undress(text)
  if (field.length > longestField || field.startsWith('/')) return nobodyKnown
  const mailboxes = addressParser(field).flatMap(membersOf)
  const mayBeName = !/;./.test(field)
  const result: AddressField = { people: [], unknown: 0 }
  for (const [i, { address = '', name }] of mailboxes.entries()) {
    const email = cleanAddress(address, field)
    if (email !== null) result.people.push({ email, name: name || null })
    // `Doe, Jane <jane@client.test>` is one person, whose name has a comma.
    else if (address !== '' || !mayBeName || !hasName(mailboxes[i + 1])) result.unknown++
  }
  return result.people.length + result.unknown === 0 ? nobodyKnown : result
}

/** Whether this is certainly an address in the form in which addresses are compared. False for a few odd ones, too. */
export function isPlainAddress(text: string): boolean {
  return isPlain.test(text)
}

/** The address in a text that holds exactly one; null otherwise. */
export function readAddress(text: string): string | null {
  const { people, unknown } = readAddressField(text)
  return people.length === 1 && unknown === 0 ? (people[0]?.email ?? null) : null
}

/**
 * An address in the form in which addresses are compared. Other texts come back in lower case; `isEmail` refuses them.
 */
export function normaliseEmail(text: string): string {
  if (isPlainAddress(text)) return text
  return readAddress(text) ?? text.trim().toLowerCase()
}

const schemes = /(?<![a-z])(?:mailto|smtp|sips?|im):/gi

/** Removes what programs put around an address: HTML, schemes such as `mailto:`, invisible characters. */
function undress(text: string): string {
  const decoded = text.includes('&') ? decodeHTMLStrict(text) : text
  const visible = decoded
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
  const bare = visible.replace(schemes, '')
  const isUri = bare !== visible || !visible.includes('@')
  const field = isUri ? percentDecoded(bare.replace(/\?[^>\s]*/g, '')) : bare
  const words = field.split(/\s+/)
  // Several addresses, one on each line, without a separator.
  return words.length > 1 && words.every((word) => word.includes('@') && !/[<>"(]/.test(word)) ? words.join(',') : field
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A group that hides its members counts as one person without an address. */
function membersOf(address: Address): Mailbox[] {
  if (!address.group) return [address]
  return address.group.length > 0 ? address.group : [{ name: address.name, address: '' }]
}

const hasName = (mailbox: Mailbox | undefined): boolean => Boolean(mailbox?.address && mailbox.name)

/** Null when this is not an address, or does not tell whom it belongs to. */
function cleanAddress(address: string, field: string): string | null {
  const core = address.replace(/\s*@\s*/g, '@').replace(/^[<('"[\s]+|[>)'"\],;:!\s]+$/g, '')
  const at = core.lastIndexOf('@')
  const local = core.slice(0, Math.max(at, 0)).toLowerCase()
  const isAtom = /^[^\s@",:;<>()[\]\\]+$/.test(local)
  // The parser takes off the quotation marks of `"jane doe"@client.test`.
  if (!isAtom && !field.includes('"')) return null
  const email = `${isAtom ? local : `"${local}"`}@${normaliseDomain(core.slice(at + 1))}`
  return isEmail(email) && !isDisguise.test(email) ? email : null
}
