/**
 * The same store. After each call of the named methods that did not fail, `onCalled` is called, so that what follows a
 * commit needs no place in the code that writes.
 */
export function afterCalls<Store extends object>(
  store: Store,
  names: readonly (keyof Store & string)[],
  onCalled: () => void,
): Store {
  const called = Object.fromEntries(
    names.map((name) => {
      const method = store[name] as (...args: unknown[]) => Promise<unknown>
      const call = async (...args: unknown[]) => {
        const result = await method.apply(store, args)
        onCalled()
        return result
      }
      return [name, call]
    }),
  )
  return { ...store, ...called }
}
