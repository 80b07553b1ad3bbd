const named = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: ' ',
    colon: ':',
    sol: '/',
    period: '.',
    quest: '?',
    equals: '=',
    num: '#',
    percnt: '%',
    lowbar: '_',
    hyphen: '-',
    commat: '@',
    ZeroWidthSpace: '',
    shy: '',
  }),
)

/** Decodes HTML entities that occur in links, also where they were encoded twice. Others stay as they are. */
export function decodeEntities(text: string): string {
  let decoded = text
  for (let i = 0; i < 3 && decoded.includes('&'); i++) {
    const next = decoded.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|([a-z]{2,14}));/gi, decodeOne)
    if (next === decoded) break
    decoded = next
  }
  return decoded
}

function decodeOne(entity: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return named.get(name) ?? named.get(name.toLowerCase()) ?? entity
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
  return code <= 0x10ffff ? String.fromCodePoint(code) : entity
}
