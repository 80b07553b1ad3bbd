import type { Stack } from './stack.ts'

/** Where everything is, and a first call to paste into a terminal. */
export function banner({ apiUrl, sandboxUrl, apiKey, dataFolder }: Stack): string {
  const places = [
    ['API', `${apiUrl}/api/meetingbaas`],
    ['Reference', `${apiUrl}/docs`],
    ['Queues', `${apiUrl}/admin/queues`],
    ['Health', `${apiUrl}/api/health`],
    ['Sandbox', sandboxUrl ?? 'off: MEETINGBAAS_API_KEY is set, bots are real'],
    ['Data', dataFolder ?? 'in the database of DATABASE_URL'],
    ['API key', apiKey],
  ]
  return `
Seer is running.

${places.map(([name, place]) => `  ${name!.padEnd(10)} ${place}`).join('\n')}

Send a bot${sandboxUrl ? ' to a meeting in the sandbox, which is over within a minute; its page can make time go faster' : ''}:

  curl -s ${apiUrl}/api/meetingbaas/bots \\
    -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' \\
    -d '{"meetingUrl":"https://meet.google.com/abc-defg-hij"}'
`
}
