import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { IssueEdits, IssueStory } from '../world/issues.ts'
import type { Issue } from '../world/records.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import { checkVersion, findIssue } from './find-issue.ts'
import { readAuthor, readMoment } from './import-link.ts'
import type { ApiOptions } from './index.ts'
import { type Body, bodyFields, fieldFaults, nameOf, textOf } from './read-body.ts'
import { readEdits } from './read-edits.ts'
import { expanded, isTrue } from './read-parameters.ts'

type Expand = { Querystring: { expand?: string } }
type Move = { Querystring: { queue?: string; initialStatus?: string; expand?: string } }

/** One issue: read, made, imported, edited, moved. */
export const issues: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<Expand>('/issues/:issue', async request =>
    request.caller.documents.issue(findIssue(world, request), expanded(request.query.expand)),
  )

  // The sandbox has none of these; clients that look for them find none.
  for (const part of ['transitions', 'comments', 'attachments', 'worklog'])
    app.get(`/issues/:issue/${part}`, async request => {
      findIssue(world, request)
      return []
    })

  app.post('/issues', async (request, reply) => {
    const issue = create(request, bodyFields(request.body), {})
    return reply.code(201).send(request.caller.documents.issue(issue))
  })

  app.post('/issues/_import', async (request, reply) => {
    const { user } = request.caller
    if (!user.admin)
      throw new Refusal(403, { errorMessages: [`${user.login} may not import: only an administrator may.`] })
    const { createdAt, createdBy, updatedAt, updatedBy, ...body } = bodyFields(request.body)
    const faults = fieldFaults()
    const moment = readMoment({ createdAt }, 'createdAt', faults)
    const author = readAuthor(world, { createdBy }, 'createdBy', faults)
    const latest = updatedAt === undefined ? moment : readMoment({ updatedAt }, 'updatedAt', faults)
    const editor = updatedBy === undefined ? author : readAuthor(world, { updatedBy }, 'updatedBy', faults)
    if (moment && latest && latest < moment) faults.add('updatedAt', 'updatedAt is before createdAt.')
    if (!moment || !author || !latest || !editor) throw faults.refusal()
    faults.refuse()
    const story = { createdAt: moment, createdBy: author, updatedAt: latest, updatedBy: editor }
    return reply.code(201).send(request.caller.documents.issue(create(request, body, story)))
  })

  app.post<{ Querystring: { unique?: string } }>('/issues/_findByUnique', async request => {
    const { unique = '' } = request.query
    const issue = world.findUnique(unique)
    if (!issue) throw notFound(`No issue has the unique value ${unique}.`)
    return request.caller.documents.issue(issue)
  })

  app.patch<Expand>('/issues/:issue', async request => {
    const issue = findIssue(world, request)
    checkVersion(request, issue, world.settings().versionRequired)
    const edits = editsOf(bodyFields(request.body), issue)
    const edited = world.editIssue(issue, edits, request.caller.user)
    return request.caller.documents.issue(edited, expanded(request.query.expand))
  })

  app.post<Move>('/issues/:issue/_move', async request => {
    const issue = findIssue(world, request)
    checkVersion(request, issue)
    const { user, documents } = request.caller
    const { queue, initialStatus, expand } = request.query
    if (!queue) throw new Refusal(400, { errors: { queue: 'queue is missing in the address: ?queue=NEW.' } })
    const target = world.queue(queue)
    if (!target) throw notFound(`Queue ${queue} does not exist.`)
    const edits = editsOf(bodyFields(request.body), issue)
    const moved = world.moveIssue(issue, target.key, user, { initialStatus: isTrue(initialStatus), edits })
    return documents.issue(moved, expanded(expand))
  })

  function editsOf(body: Body, issue?: Issue): IssueEdits {
    const faults = fieldFaults()
    const edits = readEdits(world, body, faults, issue)
    faults.refuse()
    return edits
  }

  function create(request: FastifyRequest, body: Body, story: IssueStory): Issue {
    const faults = fieldFaults()
    const summary = faults.text(body, 'summary') ?? ''
    const queue = world.queue(nameOf(body.queue))
    if (!queue) faults.add('queue', body.queue === undefined ? 'queue is required.' : 'The queue does not exist.')
    const parent = body.parent === undefined || body.parent === null ? undefined : world.issue(nameOf(body.parent))
    if (body.parent && !parent) faults.add('parent', 'The parent issue does not exist.')
    const edits = readEdits(world, body, faults)
    faults.refuse()
    const { user } = request.caller
    const given = Object.fromEntries(Object.entries(edits).filter(([, value]) => value !== undefined))
    const unique = textOf(body.unique)
    const fixed = { ...story, ...(unique !== '' && { unique }), summary, queue: queue?.key ?? '' }
    const issue = world.createIssue({ ...given, ...fixed }, user)
    if (parent) world.addIssueLink({ issue, other: parent, relationship: 'is subtask for', by: user })
    return issue
  }
}
