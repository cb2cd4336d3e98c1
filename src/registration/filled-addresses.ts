import type { Application } from '../config/schema.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import { fillUrlTemplate, parseUrlTemplate } from '../tracker-contract/url-template/url-template.ts'

export const sampleIssueKey = 'TEST-123'

/** The template of a removal that is registered: the first one. The server answers at the others as well. */
export const removeLinkTemplate = ({ endpoints }: Application): string => endpoints.removeLink[0] as string

/** The addresses, relative to `publicUrl`, that Tracker calls for one object if it percent-encodes keys. */
export function addressesOf(
  application: Application,
  remoteKey: string,
  issueKey = sampleIssueKey,
): { entityInfo: string; removeLink: string } {
  const fill = (text: string, call: TrackerCall) => {
    const template = parseUrlTemplate(text, call)
    // A configuration with a faulty template has been refused.
    if (Array.isArray(template)) throw new Error(`the template of ${call} has faults`)
    return fillUrlTemplate(template, { issueKey, remoteKey }, encodeURIComponent)
  }
  return {
    entityInfo: fill(application.endpoints.entityInfo, 'entityInfo'),
    removeLink: fill(removeLinkTemplate(application), 'removeLink'),
  }
}
