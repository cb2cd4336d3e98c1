import type { FastifyPluginAsync } from 'fastify'
import type { IssueStory } from '../../world/issues.ts'
import { Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiOptions } from '../api-options.ts'
import { issueDocument } from '../documents/issue-document.ts'
import { addFault, type FieldFaults, refusalOf, refuseFaults } from '../requests/field-faults.ts'
import { type Body, bodyFields } from '../requests/read-body.ts'
import { readAuthor, readMoment } from '../requests/read-story.ts'
import { addIssue } from './add-issue.ts'

/** An issue with its own moments and authors ("Import issue"). */
export const importIssue: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.post('/issues/_import', async (request, reply) => {
    const { user, form } = request.caller
    if (!user.admin)
      throw new Refusal(403, { errorMessages: [`${user.login} may not import: only an administrator may.`] })
    const { createdAt, createdBy, updatedAt, updatedBy, ...body } = bodyFields(request.body)
    const story = readStory(world, { createdAt, createdBy, updatedAt, updatedBy })
    return reply.code(201).send(issueDocument(form, addIssue(world, body, story, user)))
  })
}

/** The creation, and the last update if there was one. Throws `Refusal` 422. */
function readStory(world: World, body: Body): IssueStory {
  const faults: FieldFaults = {}
  const createdAt = readMoment(body, 'createdAt', faults)
  const createdBy = readAuthor(world, body, 'createdBy', faults)
  const updatedAt = body.updatedAt === undefined ? createdAt : readMoment(body, 'updatedAt', faults)
  const updatedBy = body.updatedBy === undefined ? createdBy : readAuthor(world, body, 'updatedBy', faults)
  if (createdAt && updatedAt && updatedAt < createdAt) addFault(faults, 'updatedAt', 'updatedAt is before createdAt.')
  if (!createdAt || !createdBy || !updatedAt || !updatedBy) throw refusalOf(faults)
  refuseFaults(faults)
  return { createdAt, createdBy, updatedAt, updatedBy }
}
