/**
 * The fields of a registration, named and ordered as in Tracker's table ("Sending your application data to the Tracker
 * team"). `oauthToken` is in the documents since 2025, `canLinkFromFront` only in those before.
 */
export type Registration = {
  id: string
  name: string
  defaultIconUrl: string
  frontUrl: string
  responsible: string
  /** A fixed token that Tracker presents to the application. */
  oauthToken?: string
  entityInfoUrl: string
  createLinkUrl: string
  removeLinkUrl: string
  /** Whether users may create links in Tracker's pages, not only through its API. */
  canLinkFromFront?: boolean
}

/** The order of the fields on a sheet. */
export const registrationFields = [
  'id',
  'name',
  'defaultIconUrl',
  'frontUrl',
  'responsible',
  'oauthToken',
  'entityInfoUrl',
  'createLinkUrl',
  'removeLinkUrl',
  'canLinkFromFront',
] as const satisfies readonly (keyof Registration)[]
