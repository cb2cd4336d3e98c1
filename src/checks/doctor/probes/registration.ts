import { nearestName } from '../../../config/nearest-name.ts'
import type { Application } from '../../../config/schema.ts'
import type { RegisteredApplication } from '../../../tracker-client/applications.ts'
import type { TrackerClient } from '../../../tracker-client/create-tracker-client.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'
import { askTracker, type NoAnswer } from '../ask-tracker.ts'
import { askedOnce } from '../asked-once.ts'
import type { Finding } from '../finding.ts'
import { longestLook, type Probe } from '../probe.ts'

/** Registered applications that are named. */
const mostNamed = 5

/** Whether the organization's Tracker knows the application. */
export const registrationProbe: Probe = {
  name: 'the registration in Tracker',
  needsDatabase: false,
  look: async (ground, { application }, signal) => {
    const tracker = ground.trackerOf(application)
    if (tracker === undefined) return []
    const asked = await listRegistered(tracker, application)
    signal.throwIfAborted()
    if (asked === undefined) return []
    if ('failure' in asked) return [noAnswer(application, asked.failure)]
    // One example in the documents has a number as `id`, and the registered id as `type`.
    const isRegistered = asked.answer.some(({ id, type }) => id === application.id || type === application.id)
    return isRegistered ? [] : [notRegistered(application, asked.answer)]
  },
}

/** The list is the same for all applications of an organization. */
const listRegistered = askedOnce((tracker: TrackerClient, application: Application) =>
  askTracker({ trackerOf: () => tracker }, application, AbortSignal.timeout(longestLook), ({ applications }) =>
    applications.list(),
  ),
)

function noAnswer({ id, organization }: Application, { status, because }: NoAnswer): Finding {
  const isRefusal = status === 401 || status === 403
  return {
    code: isRefusal ? 'TLK-R11' : 'TLK-R13',
    says: isRefusal
      ? `Tracker refuses the token of the organization ${organization}: ${status}`
      : `Tracker gives no answer${status === undefined ? '' : ` but ${status}`}`,
    next: `tracker-links tracker myself --organization ${organization}`,
    evidence: [safe(because)],
    applicationId: id,
  }
}

function notRegistered({ id, name, organization }: Application, registered: readonly RegisteredApplication[]): Finding {
  const ids = registered.flatMap(one => [one.id, one.type ?? []].flat())
  const likelyId = nearestName(id, ids)
  const near = registered.filter(one => one.id === likelyId || one.type === likelyId || one.name === name)
  const named = (near.length > 0 ? near : registered).slice(0, mostNamed).map(wordsOf).join(', ')
  const known = registered.length > mostNamed ? `, of ${registered.length}` : ''
  return {
    code: 'TLK-R10',
    says: `Tracker does not know ${id} in the organization ${organization}`,
    next: `tracker-links registration ${id}`,
    evidence: [
      registered.length === 0
        ? 'it knows no external application there'
        : near.length > 0
          ? `nearly the same is registered: ${named}; the id is also the origin of every link`
          : `registered there: ${named}${known}`,
    ],
    applicationId: id,
  }
}

const wordsOf = ({ id, name }: RegisteredApplication) => safe(name === undefined ? id : `${id} (${name})`)

const safe = (text: string) => text.replace(steering, asEscape)
