import type pg from 'pg'
import { type HintChannel, newHintListeners } from './hint-channel.ts'

const channel = 'seer_feed_hint'
const reconnectAfterMs = 1_000

/**
 * Hints by NOTIFY and LISTEN. NOTIFY takes a lock of the whole server when its transaction commits, so it never runs in a
 * transaction that writes, and few are sent. The listening connection is one of the pool's.
 */
export function openPostgresHints(pool: pg.Pool, onError: (error: unknown) => void): HintChannel {
  let connection: pg.PoolClient | undefined
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  const listeners = newHintListeners(() => void connect())

  async function connect(): Promise<void> {
    try {
      const client = await pool.connect()
      if (isClosed) return client.release()
      connection = client
      client.on('notification', listeners.tell)
      client.once('end', reconnect)
      await client.query(`LISTEN ${channel}`)
      // What was missed while the connection was away is unknown, so it counts as a hint.
      listeners.tell()
    } catch (error) {
      onError(error)
      reconnect()
    }
  }

  function reconnect(): void {
    release()
    if (isClosed || retry) return
    retry = setTimeout(() => {
      retry = undefined
      void connect()
    }, reconnectAfterMs).unref()
  }

  /** Closes the connection, so that nobody else gets one that listens. */
  function release(): void {
    const client = connection
    connection = undefined
    client?.off('notification', listeners.tell)
    client?.release(true)
  }

  return {
    publish: async () => void (await pool.query(`NOTIFY ${channel}`)),
    listen: listeners.listen,
    close() {
      isClosed = true
      clearTimeout(retry)
      release()
    },
  }
}
