import type { Redis } from 'ioredis'
import { type HintChannel, newHintListeners } from './hint-channel.ts'

type Options = { producer: Redis; channel: string; onError: (error: unknown) => void }

/** Hints by PUBLISH and SUBSCRIBE. A connection that subscribes can do nothing else, so it is one of its own. */
export function openRedisHints({ producer, channel, onError }: Options): HintChannel {
  let subscriber: Redis | undefined
  const listeners = newHintListeners(() => {
    // It waits for Redis and subscribes again after each loss. No time limit for answers, because silence is normal here.
    subscriber = producer.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, socketTimeout: undefined })
    subscriber.on('error', onError)
    subscriber.on('message', listeners.tell)
    // What was missed while the connection was away is unknown, so it counts as a hint.
    subscriber.on('ready', listeners.tell)
    subscriber.subscribe(channel).catch(onError)
  })
  return {
    publish: async () => void (await producer.publish(channel, '')),
    listen: listeners.listen,
    close: () => subscriber?.disconnect(),
  }
}
