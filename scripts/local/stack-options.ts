export type StackOptions = {
  /** Secrets, key and database of this installation. */
  folder: string
  /** What the user configured; the stack fills in the rest. */
  env: NodeJS.ProcessEnv
  /** Free ports and a database that may be lost, instead of the usual port and a durable one. */
  temporary?: boolean
  /** Sandbox time against real time. */
  speed?: number
  /** Called once per thing that is ready, with the time since the start in ms. */
  progress?: (what: string, sinceStartMs: number) => void
}
