import fastifyFormbody from '@fastify/formbody'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { html } from 'ghtml'
import { assets } from '../../web/assets.ts'
import { pageHeaders } from '../../web/page-headers.ts'
import type { RequestCounts } from '../api/requests/request-counts.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { addLink } from './changes/add-link.ts'
import { changeFaults } from './changes/change-faults.ts'
import { moveIssue } from './changes/move-issue.ts'
import { createNotices } from './changes/notices.ts'
import { removeLink } from './changes/remove-link.ts'
import { issuePage } from './issue-page.ts'
import { createCardViewer } from './issue-view.ts'
import type { PageOptions } from './page-options.ts'
import { parseForm } from './parse-form.ts'
import { queuePage } from './queue-page.ts'
import { sendPage } from './send-page.ts'
import { iconScript, sandboxStyle } from './style.ts'

export type PagesOptions = {
  world: World
  desk: CallDesk
  counts: RequestCounts
  nearAddress: (address: string) => string
}

/** Icons of objects may come from anywhere on the web; everything else is ours. */
const headers = pageHeaders({
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': "'self'",
  'img-src': 'http: https:',
  'form-action': "'self'",
})

/** The pages: queues, issues with the cards of their objects, and the switches. They work without JavaScript too. */
export const pages: FastifyPluginAsync<PagesOptions> = async (app, { world, desk, counts, nearAddress }) => {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(headers)
  })
  answerErrors(app, desk)
  await app.register(fastifyFormbody, { bodyLimit: 64 * 1024, parser: parseForm })
  await app.register(assets, { style: sandboxStyle, script: iconScript })

  const viewer = createCardViewer(world, desk, nearAddress)
  const options: PageOptions = { world, desk, counts, notices: createNotices(), viewer }
  await app.register(queuePage, options)
  await app.register(issuePage, options)
  await app.register(addLink, options)
  await app.register(removeLink, options)
  await app.register(moveIssue, options)
  await app.register(changeFaults, options)
}

function answerErrors(app: FastifyInstance, desk: CallDesk): void {
  app.setErrorHandler((error, request, reply) => {
    const status = error instanceof Refusal ? error.statusCode : ((error as { statusCode?: number }).statusCode ?? 500)
    if (status >= 500) request.log.error({ err: error }, 'a page failed')
    const text = status >= 500 ? 'The sandbox failed. Its log says why.' : (error as Error).message
    const content = html`<h1>${status === 404 ? 'Not found' : 'Not done'}</h1><p>${text}</p>`
    return sendPage(reply.code(status), desk, { title: `${status}`, trail: [], content })
  })

  app.setNotFoundHandler(() => {
    throw notFound('There is no such page.')
  })
}
