import type { Application, Config } from '../config/schema.ts'
import type { Registration } from '../tracker-contract/registration-sheet.ts'
import { addressesOf, removeLinkTemplate } from './filled-addresses.ts'
import { awkwardKeys } from './template-rules.ts'

/** The content of the sheet for the Tracker team, before it is formatted. */
export type Sheet = {
  registration: Registration
  /** There is a token, but the sheet was asked for without it. */
  tokenLeftOut: boolean
  authorization: Application['authorization']
  /** The addresses of objects with awkward keys. */
  filled: { remoteKey: string; entityInfoUrl: string; removeLinkUrl: string }[]
}

export function buildSheet(
  { publicUrl }: Config,
  application: Application,
  { withToken, olderForm }: { withToken: boolean; olderForm: boolean },
): Sheet {
  const { id, name, defaultIconUrl, frontUrl, responsible, authorization, endpoints } = application
  // The first token of the list is the one in use; the others are being phased in or out.
  const token = authorization.kind === 'token' ? authorization.tokens[0] : undefined
  return {
    registration: {
      id,
      name,
      defaultIconUrl,
      frontUrl,
      responsible,
      ...(token !== undefined && withToken && { oauthToken: token }),
      entityInfoUrl: publicUrl + endpoints.entityInfo,
      createLinkUrl: publicUrl + endpoints.createLink,
      removeLinkUrl: publicUrl + removeLinkTemplate(application),
      ...(olderForm && { canLinkFromFront: true }),
    },
    tokenLeftOut: token !== undefined && !withToken,
    authorization,
    filled: awkwardKeys.slice(0, 5).map(remoteKey => {
      const { entityInfo, removeLink } = addressesOf(application, remoteKey)
      return { remoteKey, entityInfoUrl: publicUrl + entityInfo, removeLinkUrl: publicUrl + removeLink }
    }),
  }
}
