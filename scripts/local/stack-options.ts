export type StackOptions = {
  /** The folder with the secrets, the key and the database of this installation. */
  folder: string
  /** The user's variables; the stack adds the rest. */
  env: NodeJS.ProcessEnv
  /** Free ports and a database that may be lost, instead of the usual port and a durable database. */
  temporary?: boolean
  /** Sandbox time divided by real time. */
  speed?: number
  /** Called for each thing that is ready, with the time since the start in ms. */
  progress?: (what: string, sinceStartMs: number) => void
}
