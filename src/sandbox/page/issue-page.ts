import type { FastifyPluginAsync } from 'fastify'
import type { Notice } from '../../web/notice.ts'
import { sendHtml } from '../../web/page-headers.ts'
import type { Issue } from '../world/records.ts'
import { issueAddress, issueAt, queueAddress } from './addresses.ts'
import { clientFindings } from './client-findings.ts'
import { faultSwitches } from './fault-switches.ts'
import { changesSection, issueContent } from './issue-content.ts'
import { changesOf, viewLinks } from './issue-view.ts'
import type { PageOptions } from './page-options.ts'
import { sendPage } from './send-page.ts'

/** An issue with the cards of its objects; and the section of its calls alone, which the page polls. */
export const issuePage: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const { world, desk, notices } = options

  app.get('/issues/:key', async (request, reply) => {
    const issue = issueAt(world, request.params)
    // A former key leads to the issue, as in Tracker.
    if ((request.params as { key: string }).key !== issue.key) return reply.redirect(issueAddress(issue.key), 302)
    const content = await contentOf(options, issue, notices.read(request.query))
    const trail = [{ text: issue.queue, address: queueAddress(issue.queue) }, { text: issue.key }]
    return sendPage(reply, desk, { title: `${issue.key} ${issue.summary}`, trail, content, hasSwitches: true })
  })

  app.get('/issues/:key/calls', (request, reply) => {
    const issue = issueAt(world, request.params)
    return sendHtml(reply, changesSection(issue, changesOf(desk, issue)))
  })
}

async function contentOf({ world, desk, counts, viewer }: PageOptions, issue: Issue, notice: Notice | undefined) {
  const content = issueContent({
    issue,
    assignee: issue.assignee && world.user(issue.assignee)?.display,
    links: await viewLinks(viewer, issue),
    linkCount: world.remoteLinksOf(issue).length,
    changes: changesOf(desk, issue),
    queues: world.queues(),
    applications: world.applications(),
    notice,
    switches: faultSwitches(desk.faults(), desk.settings(), {
      applications: world.applications(),
      back: issueAddress(issue.key),
    }),
  })
  return content + clientFindings(counts)
}
