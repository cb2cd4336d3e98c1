import type { Application, Config } from '../../config/schema.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { fillUrlTemplate, parseUrlTemplate } from '../../tracker-contract/url-template/url-template.ts'

/** The whole address at which Tracker asks for the card of an object, the key percent-encoded. */
export function cardAddress({ publicUrl }: Config, { endpoints }: Application, key: RemoteKey): string {
  const template = parseUrlTemplate(endpoints.entityInfo, 'entityInfo')
  // A configuration with a wrong template was refused when it was read.
  if (Array.isArray(template)) throw new TypeError(`${endpoints.entityInfo} is no template`)
  return publicUrl + fillUrlTemplate(template, { remoteKey: key }, encodeURIComponent)
}
