import { presentedTokens } from '../../application-calls/call-settings.ts'
import { keyEncodings } from '../../application-calls/fill-template.ts'

/** JSON Schema of a part of `CallSettings`. */
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
