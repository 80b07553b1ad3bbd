/**
 * What `.ci/run` runs: the whole suite on the installed Node, then its fast part on the Node that a new machine has.
 * The last line is "N passed, N failed", the sum of both. Plain JavaScript, because nothing is installed yet.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { add, runCounted } from './run/counted.mjs'
import { newMachineNode, nodeFromNpm } from './run/node-from-npm.mjs'

const folder = mkdtempSync(join(tmpdir(), 'seer-ci-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const counts = [await runCounted('npm test', 'npm', ['test'])]
if (process.versions.node.split('.')[0] !== newMachineNode.split('.')[0]) counts.push(await checkOnNewMachine())

// Again at the end, because those who keep only the end of a long output could not tell which test failed.
for (const line of counts.flatMap(({ failures }) => failures)) console.log(line)
const { passed, failed } = add(counts)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** If that Node cannot be fetched, the check counts as failed. Otherwise the sum would look complete. */
async function checkOnNewMachine() {
  try {
    const node = await nodeFromNpm(newMachineNode, folder)
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
    return await runCounted(`npm run check on Node ${newMachineNode}`, 'npm', ['run', 'check'], env)
  } catch (error) {
    console.error(`\n✗ Node ${newMachineNode}: ${error.message}`)
    return { passed: 0, failed: 1, failures: [] }
  }
}
