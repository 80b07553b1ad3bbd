import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runStep } from './child.mjs'
import { UserError } from './context.mjs'

/** The long-term release that people install today; the images use the same. */
export const newMachineNode = '24.21.0'

/**
 * Installs a Node into a folder. npm has a package with the program for each platform.
 *
 * @returns the path of the program
 * @throws UserError when npm has none for this platform, or cannot be reached
 */
export async function nodeFromNpm(version, folder, platform = `${process.platform}-${process.arch}`) {
  const name = `node-${platform.replace('win32', 'win')}`
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { ok, output } = await runStep('npm', [...args, `${name}@${version}`])
  if (!ok) throw new UserError(`npm could not install ${name}@${version}. It said:\n${output}`)
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(program)) throw new UserError(`${name}@${version} has no bin/node.`)
  return program
}
