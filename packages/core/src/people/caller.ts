/** What an API key may do. Each scope includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Who makes a request. An API key proved it. */
export type Caller = { userId: string; userName: string; apiKeyId: string; scopes: Scope[] }

/** Whether a caller may do something that needs `scope`. `write` includes `read`; `admin` includes both. */
export function mayDo(caller: Pick<Caller, 'scopes'>, scope: Scope): boolean {
  const rank = (name: Scope) => scopes.indexOf(name)
  return caller.scopes.some((owned) => rank(owned) >= rank(scope))
}
