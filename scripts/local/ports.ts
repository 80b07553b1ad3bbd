import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const host = '127.0.0.1'

/** Whether something accepts connections on the port. `timeoutMs` limits the wait for a host that drops packets. */
export async function isListening(port: number, address = host, timeoutMs = 500): Promise<boolean> {
  const socket = connect({ port, host: address, timeout: timeoutMs })
  socket.on('timeout', () => socket.destroy(new Error('timeout')))
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/**
 * Whether a server could listen on the port. macOS lets two servers listen on one port, so it first tries to connect.
 */
export async function isFree(port: number): Promise<boolean> {
  if (await isListening(port)) return false
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** A port that was free a moment ago. The kernel does not give it out again soon. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** The preferred port if it is free, otherwise another free port. */
export async function preferredOrFreePort(preferred: number): Promise<number> {
  return (await isFree(preferred)) ? preferred : freePort()
}
