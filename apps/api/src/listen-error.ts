import { ConfigurationError } from '@seer/infra/config/parse-environment'

const sentences: Record<string, (at: { host: string; port: number }) => string> = {
  EADDRINUSE: ({ port }) => `PORT: ${port} is in use by another program; stop that or choose another port`,
  EACCES: ({ port }) => `PORT: ${port} may not be used by this user; choose one above 1023`,
  EADDRNOTAVAIL: ({ host }) => `HOST: this machine does not have the address ${host}`,
  ENOTFOUND: ({ host }) => `HOST: ${host} is not an address of this machine`,
}

/** Turns the usual reasons why a server cannot listen into a sentence about a setting. Other errors are returned unchanged. */
export function describeListenError(error: unknown, at: { host: string; port: number }): unknown {
  const sentence = sentences[(error as { code?: string }).code ?? '']
  return sentence ? new ConfigurationError([sentence(at)]) : error
}
