import { request } from 'node:http'

export type StreamEvent = {
  id: number
  type: string
  data: { position: number; type: string; subject: { id: string } }
}

export type StreamClient = {
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The body so far. */
  text(): string
  events(): StreamEvent[]
  /** Settles when the server or the client has ended the connection. */
  ended: Promise<void>
  /** No more bytes are taken from the connection. */
  pause(): void
  /** Only now the client can notice that the connection has ended. */
  resume(): void
  close(): void
}

/** Opens a stream of Server-Sent Events. Comes back with the headers of the answer. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      // A stream that the server cuts ends with an error.
      answer.on('error', () => {})
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        text: () => text,
        events: () => readEvents(text),
        ended: new Promise((end) => {
          answer.once('close', end)
        }),
        pause: () => void answer.pause(),
        resume: () => void answer.resume(),
        close: () => void sent.destroy(),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

function readEvents(text: string): StreamEvent[] {
  const blocks = text.split('\n\n').slice(0, -1)
  return blocks.flatMap((block) => {
    const fields = Object.fromEntries(
      block.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 2)]),
    )
    return fields['data']
      ? [{ id: Number(fields['id']), type: fields['event'] ?? '', data: JSON.parse(fields['data']) }]
      : []
  })
}
