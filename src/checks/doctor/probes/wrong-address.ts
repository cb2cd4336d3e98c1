import type { Application } from '../../../config/schema.ts'
import { ofNobody } from '../../../storage/calls/list-calls.ts'
import { callersByAddress } from '../../../storage/calls/stray-calls.ts'
import type { Queries } from '../../../storage/database/queries.ts'
import type { TrackerCall } from '../../../tracker-contract/tracker-call.ts'
import { parseUrlTemplate } from '../../../tracker-contract/url-template/url-template.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'
import { callText, stretchText } from '../call-text.ts'
import { type CallsOfCaller, callsByCaller, strayFinding } from '../caller-finding.ts'
import type { Group } from '../catalogue.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Probe } from '../probe.ts'

/** Days after which a call to a wrong address tells nothing. */
const recentDays = 7

/** What fails while such a call goes astray. */
const groupOf = { entityInfo: 'card', createLink: 'create', removeLink: 'remove' } as const satisfies Record<
  TrackerCall,
  Group
>
const calls = Object.keys(groupOf) as readonly TrackerCall[]

/** Whether calls that were probably meant for the application go to addresses that this server does not have. */
export const wrongAddressProbe: Probe = {
  name: 'the addresses that Tracker calls',
  needsDatabase: true,
  look: async ({ database, now }, { application }) => {
    if (database === undefined) return []
    const since = new Date(now() - recentDays * 24 * 60 * 60_000)
    const templates = shownTemplates(application)
    const found = await Promise.all(calls.map(call => lookAt(database, application, { call, templates, since }, now())))
    return found.filter(finding => finding !== undefined)
  },
}

type Meant = Parameters<typeof callersByAddress>[2]

async function lookAt(database: Queries, application: Application, meant: Meant, now: number) {
  const { id } = application
  const callers = await callersByAddress(database, id, meant)
  const { tracker, stray } = await callsByCaller(database, callers, { recordsOf: ofNobody, now })
  const groups = [groupOf[meant.call]]
  if (tracker) return { ...findingOf(application, tracker, now), groups }
  const what = 'calls an address that no application has'
  return stray && { ...strayFinding(stray, { code: 'TLK-C42', what, applicationId: id, now }), groups }
}

/** As the request log names them: whatever the call, the nearest may be that of another one. */
const shownTemplates = ({ endpoints }: Application): string[] =>
  calls.flatMap(call =>
    [endpoints[call]].flat().flatMap(text => {
      const template = parseUrlTemplate(text, call)
      return Array.isArray(template) ? [] : template.shown
    }),
  )

function findingOf({ id }: Application, stray: CallsOfCaller, now: number): Finding {
  const { first, last } = stray
  const asked = (last.path ?? '').replace(steering, asEscape)
  return {
    code: 'TLK-C01',
    says: `Tracker calls ${asked} since ${momentText(first.at, now)}, which no application has`,
    next: `tracker-links registration ${id}`,
    evidence: [
      `this server answers ${last.nearest}`,
      callText(last, now),
      stretchText(stray, now, 'that reached the application'),
      ...stray.others,
      'all of them: tracker-links calls list --unknown',
    ],
    applicationId: id,
    since: first.at,
  }
}
