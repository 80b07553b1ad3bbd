import type { Stack } from '../local/stack.ts'

export type Api = {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  urlOf(path: string): string
  download(url: string): Promise<Buffer>
}

/** Plain calls, as any client makes them. A problem document becomes an error with its sentence. */
export function openApi({ apiUrl, apiKey }: Pick<Stack, 'apiUrl' | 'apiKey'>, signal: AbortSignal): Api {
  const urlOf = (path: string) => `${apiUrl}/api/meetingbaas${path}`
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${apiKey}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const init = { method, headers, signal, ...(body ? { body: JSON.stringify(body) } : {}) }
    const response = await fetch(urlOf(path), init)
    const answer = (await response.json()) as { data?: unknown; detail?: string; title?: string }
    if (response.ok) return answer.data
    throw new Error(`${method} ${path} answered ${response.status}: ${answer.detail ?? answer.title}`)
  }
  const download = async (url: string) => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` }, signal })
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`)
    return Buffer.from(await response.arrayBuffer())
  }
  return {
    get: <T>(path: string) => call('GET', path) as Promise<T>,
    post: <T>(path: string, body: unknown) => call('POST', path, body) as Promise<T>,
    put: <T>(path: string, body: unknown) => call('PUT', path, body) as Promise<T>,
    urlOf,
    download,
  }
}
