import type { Registration } from '../tracker-contract/registration-sheet.ts'

/** Tracker's three calls, named after its parameters `entityInfoUrl`, `createLinkUrl` and `removeLinkUrl`. */
export const callKinds = ['entityInfo', 'createLink', 'removeLink'] as const
export type CallKind = (typeof callKinds)[number]

/** What a call needs to know about an application: its registration, as the Tracker team filed it, with absolute URLs. */
export type CalledApplication = Readonly<{
  [Field in 'oauthToken' | 'entityInfoUrl' | 'createLinkUrl' | 'removeLinkUrl']?: Registration[Field] | undefined
}> & {
  readonly id: string
  /** How it expects its token. Tracker's documents name neither the header nor the scheme. */
  readonly tokenForm?: TokenForm
}

/** A header and a scheme such as `OAuth`; the scheme `bare` means none. */
export type TokenForm = { readonly header: string; readonly scheme: string }

/** A call to be made: which of the three, to which application, about which issue and objects. */
export type Call = {
  readonly kind: CallKind
  readonly application: CalledApplication
  readonly issueKey?: string
  readonly remoteKeys: readonly string[]
}
