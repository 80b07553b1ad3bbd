/**
 * Follows the events of Seer in a browser, across lost connections and expired tokens. It misses nothing, and gives each
 * event once. Copy it into your app.
 *
 * @param {object} options
 * @param {string} options.url the stream: https://…/api/meetingbaas/events/stream
 * @param {() => Promise<{ token: string, expiresIn: number, position: number }>} options.getToken asks your server for a token
 * @param {string[]} options.types exact types, because browsers cannot listen for patterns
 * @param {number} [options.after] the last position that you have; without it only what happens from now on
 * @param {(event: object) => void} options.onEvent
 * @param {(error: unknown) => void} [options.onError] a token could not be had, or the stream was refused; it tries again
 * @returns {() => void} stops
 */
export function followEvents({ url, getToken, types, after, onEvent, onError = console.warn }) {
  let source, timer, stopped
  const later = (seconds) => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(connect, seconds * 1000)
  }
  async function connect() {
    try {
      const { token, expiresIn, position } = await getToken()
      if (stopped) return
      after ??= position
      source?.close()
      const own = new EventSource(`${url}?${new URLSearchParams({ token, types: types.join(), after })}`)
      source = own
      for (const type of types) own.addEventListener(type, take)
      // A browser connects again by itself, unless it was refused.
      own.onerror = () => {
        if (own === source && own.readyState === EventSource.CLOSED) failed(new Error('The stream was refused.'))
      }
      later(expiresIn * 0.8)
    } catch (error) {
      failed(error)
    }
  }
  function failed(error) {
    onError(error)
    later(5)
  }
  function take({ data }) {
    const event = JSON.parse(data)
    if (stopped || event.position <= after) return
    after = event.position
    onEvent(event)
  }
  void connect()
  return () => {
    stopped = true
    clearTimeout(timer)
    source?.close()
  }
}
