import type { CalledApplication } from '../../application-calls/application-calls.ts'
import { type KeyEncoding, keyEncodings } from '../../application-calls/fill-template.ts'

/** Whose token a call presents: the registration's (documents since 2025), a user's (those before), or nobody's. */
export const presentedTokens = ['fixed', 'user', 'none'] as const

/** What Tracker's documents leave open about its calls; an owner can try each. */
export type CallSettings = {
  keyEncoding: KeyEncoding
  token: (typeof presentedTokens)[number]
  /** For `token: user`. */
  userToken: string
  /** The header of the token, and what stands before it there (`bare`: nothing). Empty: as each application takes it. */
  header: string
  scheme: string
}

export const standardCallSettings: CallSettings = {
  keyEncoding: 'percent',
  token: 'fixed',
  userToken: '',
  header: '',
  scheme: '',
}

/** JSON Schema of some of the settings. */
export const callSettingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    keyEncoding: { enum: keyEncodings },
    token: { enum: presentedTokens },
    userToken: { type: 'string', pattern: '^[!-~]*$', maxLength: 4096 },
    header: { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{0,100}$" },
    scheme: { type: 'string', pattern: '^[A-Za-z0-9-]*$', maxLength: 100 },
  },
} as const

/** The header that presents the token, for a call to an application; none where there is no token. */
export function tokenHeader(
  settings: CallSettings,
  { oauthToken, tokenForm }: Pick<CalledApplication, 'oauthToken' | 'tokenForm'>,
): { name: string; value: string; shown: string; token: string } | undefined {
  const token = { fixed: oauthToken, user: settings.userToken, none: undefined }[settings.token]
  if (token === undefined || token === '') return undefined
  const scheme = settings.scheme || (tokenForm?.scheme ?? 'OAuth')
  const name = settings.header || (tokenForm?.header ?? 'Authorization')
  const before = scheme === 'bare' ? '' : `${scheme} `
  return { name: name.toLowerCase(), value: before + token, shown: `${before}***`, token }
}
