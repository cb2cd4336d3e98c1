import type { CalledApplication } from './calls.ts'
import type { KeyEncoding } from './fill-template.ts'

/** Whose token a call presents: the registration's (documents since 2025), a user's (earlier documents), or none. */
export const presentedTokens = ['fixed', 'user', 'none'] as const

/** Whose token the calls to an application present, and how. */
export type TokenSettings = {
  token: (typeof presentedTokens)[number]
  /** For `token: user`. */
  userToken: string
  /** The header of the token, and its scheme (`bare` for none). If empty, the application gets what it expects. */
  header: string
  scheme: string
}

/** What Tracker's documents leave open about its calls. */
export type CallSettings = TokenSettings & { keyEncoding: KeyEncoding }

export const standardTokenSettings: TokenSettings = { token: 'fixed', userToken: '', header: '', scheme: '' }
export const standardCallSettings: CallSettings = { ...standardTokenSettings, keyEncoding: 'percent' }

/** A token and the header that presents it; `shown` is the header's value without the token. */
export type PresentedToken = { name: string; value: string; shown: string; token: string }

/** Undefined if the call presents no token. */
export function presentToken(
  settings: TokenSettings,
  { oauthToken, tokenForm }: Pick<CalledApplication, 'oauthToken' | 'tokenForm'>,
): PresentedToken | undefined {
  const token = { fixed: oauthToken, user: settings.userToken, none: undefined }[settings.token]
  if (token === undefined || token === '') return undefined
  const scheme = settings.scheme || (tokenForm?.scheme ?? 'OAuth')
  const name = settings.header || (tokenForm?.header ?? 'Authorization')
  const prefix = scheme === 'bare' ? '' : `${scheme} `
  return { name: name.toLowerCase(), value: prefix + token, shown: `${prefix}***`, token }
}
