import type { FastifyPluginAsync } from 'fastify'
import type { Notice } from '../../web/layout.ts'
import { formField } from '../../web/read-form.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import type { CallRecord } from '../call-desk/call-record.ts'
import type { Issue } from '../world/records.ts'
import { Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { issueAddress } from './issue-page.ts'
import type { createNotices } from './notices.ts'

type Options = {
  world: World
  desk: CallDesk
  notices: ReturnType<typeof createNotices>
  findIssue: (params: unknown) => Issue
}

type Done = { issue: Issue; text: string; next?: Notice['next'] }

/** What the forms of an issue's page do: add a link, remove one, move the issue. Each leads back to the issue. */
export const changeIssue: FastifyPluginAsync<Options> = async (app, { world, desk, notices, findIssue }) => {
  /** Makes a change and leads to the page that tells of it, a refusal included. */
  async function tell(issue: Issue, change: () => Promise<Done>): Promise<string> {
    let level: Notice['level'] = 'done'
    const done: Done = await change().catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      level = 'refused'
      return { issue, text: error.message }
    })
    await world.saved()
    const { text, next = 'notice' } = done
    return notices.say(issueAddress(done.issue.key), { level, text, next })
  }

  app.post('/issues/:key/links', async (request, reply) => {
    const issue = findIssue(request.params)
    const [id, key] = [formField(request.body, 'application'), formField(request.body, 'key')]
    const address = await tell(issue, async () => {
      const application = world.application(id)
      if (!application) throw new Refusal(422, { errorMessages: [`There is no application ${id}.`] })
      world.addRemoteLink({ issue, application, key, by: world.firstUser() })
      await world.saved()
      const record = await desk.createLink(application, issue.key, [key])
      return { issue, text: `${key} is linked. ${outcome(record, application.name)}`, next: 'key' }
    })
    return reply.redirect(address, 303)
  })

  app.post('/issues/:key/links/:id/remove', async (request, reply) => {
    const issue = findIssue(request.params)
    const link = world.remoteLink(issue, (request.params as { id: string }).id)
    const address = await tell(issue, async () => {
      if (!link) throw new Refusal(404, { errorMessages: ['This link is removed already.'] })
      world.removeRemoteLink(issue, link, world.firstUser())
      const application = world.application(link.applicationId)
      if (!application || !world.settings().removalCallsApplication)
        return { issue, text: `${link.key} is removed. No application was called.` }
      await world.saved()
      const record = await desk.removeLink(application, issue.key, link.key)
      return { issue, text: `${link.key} is removed. ${outcome(record, application.name)}` }
    })
    return reply.redirect(address, 303)
  })

  app.post('/issues/:key/move', async (request, reply) => {
    const issue = findIssue(request.params)
    const address = await tell(issue, async () => {
      const moved = world.moveIssue(issue, formField(request.body, 'queue'), world.firstUser())
      return { issue: moved, text: `${issue.key} is ${moved.key} now. Applications are not told of a move.` }
    })
    return reply.redirect(address, 303)
  })
}

function outcome({ state, status, faults }: CallRecord, name: string): string {
  if (faults.includes('dropped')) return `The call to ${name} was dropped.`
  if (state === 'held') return `The call to ${name} is held back, to be overtaken.`
  if (state === 'unsent') return `${name} could not be called.`
  return status === undefined ? `${name} gave no answer.` : `${name} answered ${status}.`
}
