import type { FastifyPluginAsync } from 'fastify'
import type { LinkStory } from '../../world/link-rules.ts'
import type { Issue } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueLinkDocument } from '../documents/link-documents.ts'
import { checkVersion, findIssue } from '../issues/find-issue.ts'
import { addFault, type FieldFaults, readIssueName, readText, refuseFaults } from '../requests/field-faults.ts'
import { type Body, bodyFields } from '../requests/read-body.ts'
import { isGiven, readAuthor, readMoment } from '../requests/read-story.ts'

/** A link between issues with its own moments and authors ("Importing links"). */
export const importLink: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.post('/issues/:issue/links/_import', async (request, reply) => {
    const issue = findIssue(world, request)
    const { form, user } = request.caller
    // The documents since 2025 require an administrator, the earlier ones anyone who may edit the issue.
    if (form.isNew && !user.admin)
      throw new Refusal(403, { errorMessages: [`${user.login} may not import: only an administrator may.`] })
    checkVersion(request, issue)
    const body = bodyFields(request.body)
    const faults: FieldFaults = {}
    const relationship = readText(faults, body, 'relationship') ?? ''
    const name = readIssueName(faults, body, 'issue')
    const other = name === undefined ? undefined : world.issue(name)
    const story = readStory(world, body, faults, [issue, ...(other ? [other] : [])])
    refuseFaults(faults)
    if (!other || !story) throw notFound(`Issue ${name} does not exist.`)
    const link = world.addIssueLink({ issue, other, relationship, by: user, story })
    return reply.code(world.settings().importStatus).send(issueLinkDocument(form, issue, link))
  })
}

/** Who created the link and when; undefined if there is a fault. */
function readStory(world: World, body: Body, faults: FieldFaults, issues: readonly Issue[]): LinkStory | undefined {
  const createdAt = readMoment(body, 'createdAt', faults)
  const createdBy = readAuthor(world, body, 'createdBy', faults)
  checkInterval('createdAt', createdAt, faults, issues)
  const isUpdated = isGiven(body.updatedAt) || isGiven(body.updatedBy)
  if (isGiven(body.updatedAt) !== isGiven(body.updatedBy)) {
    const missing = isGiven(body.updatedAt) ? 'updatedBy' : 'updatedAt'
    addFault(faults, missing, `${missing} is missing: updatedAt and updatedBy come together.`)
  }
  const updatedAt = isUpdated ? readMoment(body, 'updatedAt', faults) : createdAt
  const updatedBy = isUpdated ? readAuthor(world, body, 'updatedBy', faults) : createdBy
  checkInterval('updatedAt', updatedAt, faults, issues)
  if (createdAt && updatedAt && updatedAt < createdAt) addFault(faults, 'updatedAt', 'updatedAt is before createdAt.')
  return createdAt && createdBy && updatedAt && updatedBy ? { createdAt, createdBy, updatedAt, updatedBy } : undefined
}

/** The documents differ on which issue's creation and last update count: here both do, so that what passes here passes in either. */
function checkInterval(field: string, moment: string | undefined, faults: FieldFaults, issues: readonly Issue[]): void {
  const from =
    issues
      .map(issue => issue.createdAt)
      .toSorted()
      .at(-1) ?? ''
  const to = issues.map(issue => issue.updatedAt).toSorted()[0] ?? ''
  if (moment !== undefined && (moment < from || moment > to))
    addFault(
      faults,
      field,
      `${field} is ${moment}, outside ${from} to ${to}, from the later creation to the earlier last update of the issues.`,
    )
}
