import { randomUUID } from 'node:crypto'
import type { Bot, ChatMessage } from './bot.ts'

/** The bot writes into the meeting's chat. It has no sender id (openapi-v2.json, sendChatMessage). `at`: virtual ms. */
export function sayAsBot(bot: Bot, text: string, at: number): void {
  bot.chat.push({ id: randomUUID(), senderName: bot.config.bot_name, senderId: null, text, at })
}

/** A participant writes into the meeting's chat. A name that is not in the meeting gets no sender id. */
export function sayAsParticipant(bot: Bot, name: string, text: string, at: number): ChatMessage {
  const senderId = bot.participants.find((participant) => participant.name === name)?.id ?? null
  const message = { id: randomUUID(), senderName: name, senderId, text, at }
  bot.chat.push(message)
  return message
}
