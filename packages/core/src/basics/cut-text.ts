/** The first `length` UTF-16 code units of a text, or one less, so that no character is cut in half. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/\p{Surrogate}$/u, '')
}
