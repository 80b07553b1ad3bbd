import type { Bot } from './bot.ts'

/** Every bot that was sent, in the order of creation. Only a reset removes bots. */
export class BotStore {
  readonly #inOrder: Bot[] = []
  readonly #byId = new Map<string, Bot>()

  get size(): number {
    return this.#inOrder.length
  }

  get(id: string): Bot | undefined {
    return this.#byId.get(id)
  }

  add(bot: Bot): void {
    this.#inOrder.push(bot)
    this.#byId.set(bot.id, bot)
  }

  clear(): void {
    this.#inOrder.length = 0
    this.#byId.clear()
  }

  /** Bots from `index` on, each older than the one before. */
  *olderFrom(index: number): Generator<Bot> {
    for (let at = Math.min(index, this.size - 1); at >= 0; at--) yield this.#inOrder[at] as Bot
  }

  /** Bots from `index` on, each newer than the one before. */
  *newerFrom(index: number): Generator<Bot> {
    for (let at = Math.max(index, 0); at < this.size; at++) yield this.#inOrder[at] as Bot
  }

  /** The `count` newest bots, newest first. */
  newest(count: number): Bot[] {
    return this.#inOrder.slice(-count).reverse()
  }

  /** Index of the first bot created at or after `time` (virtual ms), for cursors whose bot is unknown. */
  firstIndexSince(time: number): number {
    let low = 0
    let high = this.size
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#inOrder[middle] as Bot).createdAt < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
