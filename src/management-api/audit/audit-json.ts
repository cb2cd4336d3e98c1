import type { AuditRecord } from '../../storage/audit/audit-records.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

/** A record of the audit in an answer. */
export const auditSchema = {
  title: 'AuditRecord',
  type: 'object',
  required: ['at', 'id', 'actor', 'operation', 'about'],
  properties: {
    at: { type: 'string', description: "When the change was recorded, after it was made, in Tracker's form." },
    id: { type: 'string', description: 'Tells records of one moment apart.' },
    actor: {
      type: 'object',
      required: ['kind'],
      description: 'Who made the change.',
      properties: {
        kind: { enum: ['application', 'operator'], description: 'A caller with an API key, or the command line.' },
        login: { type: 'string', description: 'Name of the API key, or user of the operating system.' },
        apiKeyId: { type: 'string', description: 'Id of the API key.' },
      },
    },
    application: { type: 'string', description: 'Id of the application; absent if it concerns none or all.' },
    operation: { type: 'string', description: 'Operation of this API, such as `createLinks`, or command.' },
    about: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'The keys that the request named.',
    },
    status: { type: 'integer', description: 'The status that was answered; absent for a command.' },
    requestId: { type: 'string', description: 'Id of the request, as in the log; absent for a command.' },
  },
} as const

/** A record in the form of `auditSchema`. */
export function auditJson(record: AuditRecord) {
  const { at, id, actorKind, actorLogin, apiKeyId, applicationId, operation, about, status, requestId } = record
  return {
    at: formatTrackerDate(at),
    id,
    actor: {
      kind: actorKind,
      ...(actorLogin !== null && { login: actorLogin }),
      ...(apiKeyId !== null && { apiKeyId }),
    },
    ...(applicationId !== null && { application: applicationId }),
    operation,
    about,
    ...(status !== null && { status }),
    ...(requestId !== null && { requestId }),
  }
}
