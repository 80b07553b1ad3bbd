/** Every line about a failure starts with this, so that whoever shortens the output of a run can still find it. */
export const failureMark = '✗'

const longestMessage = 12

/**
 * The failed tests of a report in Vitest's JSON format, as lines: its file and name, then the start of its message. A
 * file that does not load has no tests, but a message.
 */
export function failureLines({ testResults = [] }, root = process.cwd()) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.startsWith(root) ? name.slice(root.length + 1) : name
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && status === 'failed') return told(file, [message])
    return failed.flatMap((test) => told(`${file} > ${test.fullName}`, test.failureMessages))
  })
}

function told(title, messages) {
  const lines = messages.join('\n').split('\n').slice(0, longestMessage)
  return [`${failureMark} ${title}`, ...lines.map((line) => `${failureMark}   ${line}`)]
}
