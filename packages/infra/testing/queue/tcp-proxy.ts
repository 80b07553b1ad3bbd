import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export type TcpProxy = {
  /** The given URL, but through the proxy. */
  url: string
  /** The server is gone: connections break, and new ones are refused. */
  cut(): Promise<void>
  restore(): Promise<void>
  /** The server takes everything and answers nothing. */
  freeze(): void
  /** New connections work again. Older ones wait for ever for their lost answers. */
  thaw(): void
  close(): Promise<void>
}

/** Stands between a client and its server, so that a test can take the server away from this client only. */
export async function openTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  /** Connections that have lost a part of their data, so they must stay silent. */
  const silenced = new WeakSet<Socket>()
  let frozen = false
  let server: Server
  let port = 0

  async function listen(): Promise<void> {
    server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname)
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        // These tests break connections on purpose.
        socket.on('error', () => {})
        socket.on('close', () => {
          sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
      }
      if (frozen) silenced.add(client)
      client.on('data', (bytes) => silenced.has(client) || upstream.write(bytes))
      upstream.on('data', (bytes) => silenced.has(client) || client.write(bytes))
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  async function cut(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  await listen()
  const url = new URL(targetUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  return {
    url: url.href,
    cut,
    async restore() {
      frozen = false
      await listen()
    },
    freeze() {
      frozen = true
      for (const socket of sockets) silenced.add(socket)
    },
    thaw() {
      frozen = false
    },
    close: cut,
  }
}
