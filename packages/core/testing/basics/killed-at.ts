/** Thrown when the process counts as killed. From then on, its calls have no effect. */
export class Killed extends Error {}

/** Kills at the nth call of any dependency, before or after that call is carried out. */
export function killedAt<T extends object>(deps: T, n: number, when: 'before' | 'after', count = { calls: 0 }): T {
  return new Proxy(deps, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member === 'object' && member !== null) return killedAt(member, n, when, count)
      if (typeof member !== 'function' || name === 'now') return member
      return async (...args: unknown[]) => {
        count.calls += 1
        if (count.calls > n || (count.calls === n && when === 'before')) throw new Killed()
        const result: unknown = await member.apply(target, args)
        if (count.calls === n) throw new Killed()
        return result
      }
    },
  })
}

/** For `catch`: ignores that a process was killed, and throws every other error. */
export function unlessKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error
}
