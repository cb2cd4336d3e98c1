import type { FastifyPluginAsync } from 'fastify'
import { formatTrackerDate, parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { LinkStory } from '../world/link-rules.ts'
import type { Issue } from '../world/records.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import type { ApiOptions } from './index.ts'
import { type Body, bodyFields, fieldFaults, isObject, textOf } from './read-body.ts'

/** A link between issues with its own moments and authors ("Importing links"). */
export const importLink: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.post('/issues/:issue/links/_import', async (request, reply) => {
    const issue = findIssue(world, request)
    const { documents, user } = request.caller
    // The documents since 2025 name an administrator, those before anyone who may edit the issue.
    if (documents.isNew && !user.admin)
      throw new Refusal(403, { errorMessages: [`${user.login} may not import: only an administrator may.`] })
    checkVersion(request, issue)
    const body = bodyFields(request.body)
    const faults = fieldFaults()
    const relationship = faults.text(body, 'relationship') ?? ''
    const name = faults.issue(body, 'issue')
    const other = name === undefined ? undefined : world.issue(name)
    const story = readStory(world, body, faults, [issue, ...(other ? [other] : [])])
    faults.refuse()
    if (!other || !story) throw notFound(`Issue ${name} does not exist.`)
    const link = world.addIssueLink({ issue, other, relationship, by: user, story })
    return reply.code(world.settings().importStatus).send(documents.issueLink(issue, link))
  })
}

type Faults = ReturnType<typeof fieldFaults>

/** Who made the link and when. Faults are told; undefined where there is one. */
function readStory(world: World, body: Body, faults: Faults, issues: readonly Issue[]): LinkStory | undefined {
  const createdAt = readMoment(body, 'createdAt', faults)
  const createdBy = readAuthor(world, body, 'createdBy', faults)
  checkInterval('createdAt', createdAt, faults, issues)
  const isUpdated = isGiven(body.updatedAt) || isGiven(body.updatedBy)
  if (isGiven(body.updatedAt) !== isGiven(body.updatedBy)) {
    const missing = isGiven(body.updatedAt) ? 'updatedBy' : 'updatedAt'
    faults.add(missing, `${missing} is missing: updatedAt and updatedBy come together.`)
  }
  const updatedAt = isUpdated ? readMoment(body, 'updatedAt', faults) : createdAt
  const updatedBy = isUpdated ? readAuthor(world, body, 'updatedBy', faults) : createdBy
  checkInterval('updatedAt', updatedAt, faults, issues)
  if (createdAt && updatedAt && updatedAt < createdAt) faults.add('updatedAt', 'updatedAt is before createdAt.')
  return createdAt && createdBy && updatedAt && updatedBy ? { createdAt, createdBy, updatedAt, updatedBy } : undefined
}

const isGiven = (value: unknown) => value !== undefined && value !== null

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/

/** A moment in the documented form, in UTC; undefined where it is missing or none, which is told. */
export function readMoment(body: Body, field: string, faults: Faults): string | undefined {
  const text = faults.text(body, field)
  if (text === undefined) return undefined
  const moment = form.test(text) ? parseTrackerDate(text) : undefined
  return moment
    ? formatTrackerDate(moment)
    : faults.add(field, `${field} is ${text}, not YYYY-MM-DDThh:mm:ss.sss±hhmm.`)
}

/** A uid; a string is a login, a number a uid, an object has one of them. Undefined where it is nobody's, which is told. */
export function readAuthor(world: World, body: Body, field: string, faults: Faults): string | undefined {
  const value = body[field]
  if (!isGiven(value) || value === '') return faults.add(field, `${field} is required.`)
  // The official client sends a user that it has read as an object.
  const name = textOf(isObject(value) ? (value.uid ?? value.id ?? value.login) : value)
  if (name === '') return faults.add(field, `${field} is neither a login (a string) nor a user id (a number).`)
  const user = typeof value === 'string' ? world.userByLogin(value) : world.user(name)
  return user?.uid ?? faults.add(field, `User ${name} does not exist.`)
}

/** Documents differ on whose creation and last update count: both issues', so that what passes here passes either. */
function checkInterval(field: string, moment: string | undefined, faults: Faults, issues: readonly Issue[]): void {
  const from =
    issues
      .map(issue => issue.createdAt)
      .sort()
      .at(-1) ?? ''
  const to = issues.map(issue => issue.updatedAt).sort()[0] ?? ''
  if (moment !== undefined && (moment < from || moment > to))
    faults.add(field, `${field} is ${moment}, outside ${from} to ${to}, when both issues were there and last updated.`)
}
