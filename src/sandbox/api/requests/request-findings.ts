import type { FastifyRequest } from 'fastify'
import { error, type Finding } from '../../../application-calls/finding.ts'
import type { Organization } from '../../world/records.ts'
import { headerName, namesOrganization } from './caller.ts'

/** What differs from Tracker's documents in requests that the sandbox accepts all the same. */
export type RequestFinding = Finding & { count: number; lastAt: string; calls: string[] }
/** By field and rule. */
export type RequestFindings = Map<string, RequestFinding>

/** Routes that a finding names. */
const callsMost = 20

/** Notes what is wrong with a request that was admitted; the first of each kind is logged too. */
export function checkRequest(findings: RequestFindings, request: FastifyRequest, organization: Organization): void {
  if (namesOrganization(request.headers)) return
  note(findings, missingOrganization(organization), request)
}

/** The documents require it of every request; one published client sends none, so it is refused only on demand. */
const missingOrganization = (organization: Organization) =>
  error(
    headerName(organization),
    'is missing, and is required',
    `Send it with the id of the organization (here ${organization.id}).`,
  )

function note(findings: RequestFindings, finding: Finding, request: FastifyRequest): void {
  const place = `${finding.field} ${finding.rule}`
  const call = `${request.method} ${request.routeOptions.url ?? request.url}`
  const { count = 0, calls = [] } = findings.get(place) ?? {}
  if (count === 0) request.log.warn(`${call}: ${finding.field} ${finding.rule}. ${finding.hint}`)
  const known = calls.includes(call) || calls.length >= callsMost ? calls : [...calls, call]
  findings.set(place, { ...finding, count: count + 1, lastAt: new Date().toISOString(), calls: known })
}
