import type { FastifyRequest } from 'fastify'
import type { Issue } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import { refusedStatus } from './readable.ts'

/** The issue that the address names by key, former key or id. Throws `Refusal` 404, and 403 for one that may not be read. */
export function findIssue(world: World, request: FastifyRequest): Issue {
  const name = (request.params as { issue: string }).issue
  const issue = world.issue(name)
  const status = issue && refusedStatus(world.settings(), issue)
  if (!issue || status === 404) throw notFound(`Issue ${name} does not exist.`)
  if (status) throw new Refusal(status, { errorMessages: [`Issue ${name} may not be read.`] })
  return issue
}

/**
 * Compares the version that a request names with the issue's. Throws `Refusal`: 409 for an old `?version=`, 412 for an old
 * `If-Match`, 428 if `isRequired` and the request names none, 400 for a `version` that is not a number.
 */
export function checkVersion(request: FastifyRequest, issue: Issue, isRequired = false): void {
  const { version } = request.query as { version?: string }
  if (version !== undefined && version !== '') {
    if (!/^\d+$/.test(version)) throw new Refusal(400, { errors: { version: `version is ${version}, not a number.` } })
    if (Number(version) !== issue.version) throw conflict(409, issue, version)
    return
  }
  const match = request.headers['if-match']
  if (match === undefined || match.trim() === '') {
    if (!isRequired) return
    throw new Refusal(428, { errorMessages: ['The version is missing: send ?version= or the header If-Match.'] })
  }
  const named = match.split(',').map(tag => tag.trim().replace(/^(?:W\/)?"?|"$/g, ''))
  if (!named.includes('*') && !named.includes(`${issue.version}`)) throw conflict(412, issue, match)
}

const conflict = (status: 409 | 412, issue: Issue, named: string) =>
  new Refusal(status, {
    errorMessages: [`Issue ${issue.key} is at version ${issue.version}, not ${named}: read it again.`],
  })
