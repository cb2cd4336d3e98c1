import {
  type CallSettings,
  presentedTokens,
  standardTokenSettings,
  type TokenSettings,
} from '../../application-calls/call-settings.ts'
import { type KeyEncoding, keyEncodings } from '../../application-calls/fill-template.ts'

/** How Tracker makes its calls: the encoding of keys in all of them, and by application whose token they present. */
export type DeskSettings = {
  readonly keyEncoding: KeyEncoding
  readonly applications: ReadonlyMap<string, TokenSettings>
}

/** A part of the settings, as a program writes it; what is left out stays as it is. */
export type WrittenSettings = {
  keyEncoding?: KeyEncoding
  applications?: Record<string, Partial<TokenSettings>>
}

export const standardDeskSettings: DeskSettings = { keyEncoding: 'percent', applications: new Map() }

export const tokenSettings = ({ applications }: DeskSettings, applicationId: string): TokenSettings =>
  applications.get(applicationId) ?? standardTokenSettings

/** What holds for a call to this application. */
export const callSettings = (settings: DeskSettings, applicationId: string): CallSettings => ({
  keyEncoding: settings.keyEncoding,
  ...tokenSettings(settings, applicationId),
})

export function withSettings(former: DeskSettings, { keyEncoding, applications = {} }: WrittenSettings): DeskSettings {
  const changed = Object.entries(applications).map(
    ([id, written]) => [id, { ...tokenSettings(former, id), ...written }] as const,
  )
  return {
    keyEncoding: keyEncoding ?? former.keyEncoding,
    applications: new Map([...former.applications, ...changed]),
  }
}

/** JSON Schema of `WrittenSettings`. */
export const deskSettingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    keyEncoding: { enum: keyEncodings },
    applications: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          token: { enum: presentedTokens },
          userToken: { type: 'string', pattern: '^[!-~]*$', maxLength: 4096 },
          header: { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{0,100}$" },
          scheme: { type: 'string', pattern: '^[A-Za-z0-9-]*$', maxLength: 100 },
        },
      },
    },
  },
} as const
