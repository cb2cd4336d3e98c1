import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { type Chances, createChances } from '../chances/chances.ts'
import type { ApiOptions } from './api-options.ts'
import { applications } from './applications.ts'
import { control } from './control.ts'
import type { ApiVersion } from './documents/document-form.ts'
import { entityEvents } from './entity-events.ts'
import { changelog } from './issues/changelog.ts'
import { createIssue } from './issues/create-issue.ts'
import { editIssue } from './issues/edit-issue.ts'
import { importIssue } from './issues/import-issue.ts'
import { moveIssue } from './issues/move-issue.ts'
import { readIssues } from './issues/read-issues.ts'
import { importLink } from './links/import-link.ts'
import { issueLinks } from './links/issue-links.ts'
import { linkHeaders } from './links/link-headers.ts'
import { remoteLinks } from './links/remote-links.ts'
import { plantIssues } from './plant-issues.ts'
import { prepareRequests } from './requests/prepare-requests.ts'
import { partMost, refuseAddress, refuseConnection, refuseUnknown } from './requests/refuse-early.ts'
import { createRequestCounts, type RequestCounts } from './requests/request-counts.ts'
import { search } from './searching/search.ts'
import { searchByAddress } from './searching/search-by-address.ts'
import { triggers } from './triggers.ts'
import { users } from './users.ts'
import { fields } from './vocabulary/fields.ts'
import { linkTypes } from './vocabulary/link-types.ts'
import { queues } from './vocabulary/queues.ts'
import { words } from './vocabulary/words.ts'

/** How the server of Tracker's API must be created: it takes addresses as clients write them. */
export const apiServerOptions = {
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: partMost },
  frameworkErrors: refuseAddress,
  clientErrorHandler: refuseConnection,
} as const

/** What the requests are counted in, and what goes wrong with them by chance. */
type Steered = { counts: RequestCounts; chances: Chances }

/**
 * Tracker's API at the root of the host, under `/v2` and `/v3`, where published clients look for it; and under `/sandbox`
 * what steers it.
 */
export const trackerApi: FastifyPluginAsync<ApiOptions & Partial<Steered>> = async (
  app,
  { counts = createRequestCounts(), chances = createChances(), ...options },
) => {
  app.addHttpMethod('LINK')
  app.addHttpMethod('UNLINK')
  await app.register(async scope => playVersion(scope, 'v2', options, { counts, chances }), { prefix: '/v2' })
  await app.register(async scope => playVersion(scope, 'v3', options, { counts, chances }), { prefix: '/v3' })
  refuseUnknown(app)
  await app.register(control, { world: options.world, counts })
  await app.register(plantIssues, { world: options.world })
}

async function playVersion(app: FastifyInstance, version: ApiVersion, options: ApiOptions, steered: Steered) {
  prepareRequests(app, version, { world: options.world, ...steered })

  // Issues
  await app.register(readIssues, options)
  await app.register(createIssue, options)
  await app.register(importIssue, options)
  await app.register(editIssue, options)
  await app.register(moveIssue, options)
  await app.register(search, options)
  await app.register(searchByAddress, options)
  await app.register(changelog, options)

  // Their links
  await app.register(remoteLinks, options)
  await app.register(issueLinks, options)
  await app.register(linkHeaders, options)
  await app.register(importLink, options)

  // What else an organization has
  await app.register(applications, options)
  await app.register(users, options)
  await app.register(queues, options)
  await app.register(linkTypes, options)
  await app.register(fields, options)
  await app.register(words, options)
  await app.register(triggers, options)
  await app.register(entityEvents, options)
}
