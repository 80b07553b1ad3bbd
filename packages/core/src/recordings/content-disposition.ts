/**
 * The value of Content-Disposition (RFC 6266) for a file name of any Unicode text. Old clients read the plain form, in which
 * other characters than ASCII are underscores.
 */
export function contentDisposition(fileName: string, asDownload: boolean): string {
  const name = fileName.replace(/[\p{Cc}\p{Cs}]/gu, '_')
  const plain = name.replace(/[^ -~]|["%\\]/gu, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${hexOf(character)}`)
  return `${asDownload ? 'attachment' : 'inline'}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

const hexOf = (character: string) => character.charCodeAt(0).toString(16).toUpperCase()
