/** Tracker's three calls, named after its parameters `entityInfoUrl`, `createLinkUrl` and `removeLinkUrl`. */
export type TrackerCall = 'entityInfo' | 'createLink' | 'removeLink'
