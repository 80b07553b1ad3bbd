import type { Stack } from './stack.ts'

/** Where everything is, and a first call to paste into a terminal. */
export function banner({ apiUrl, sandboxUrl, apiKey, dataFolder }: Stack): string {
  const places = [
    ['API', `${apiUrl}/api/meetingbaas`],
    ['Reference', `${apiUrl}/docs`],
    ['Queues', `${apiUrl}/admin/queues`],
    ['Health', `${apiUrl}/api/health`],
    ['Sandbox', sandboxUrl ?? 'not running: MEETINGBAAS_API_KEY is set, so bots are real'],
    ['Data', dataFolder ?? 'in the database of DATABASE_URL'],
    ['API key', apiKey],
  ]
  return `
Seer is running.

${places.map(([name, place]) => `  ${name!.padEnd(10)} ${place}`).join('\n')}

${sandboxUrl ? 'Send a bot to a meeting in the sandbox. It is over within a minute; the page of the sandbox can make time go faster' : 'Send a bot'}:

  curl -s ${apiUrl}/api/meetingbaas/bots \\
    -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' \\
    -d '{"meetingUrl":"https://meet.google.com/abc-defg-hij"}'
`
}
