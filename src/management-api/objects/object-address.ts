import type { Application } from '../../config/schema.ts'
import { invalidInput, Problem } from '../../errors/problem.ts'
import { sourceProblem } from '../../linked-objects/cards/source-problem.ts'
import { SourceFailure } from '../../linked-objects/object-source.ts'
import { whyNotPushed } from '../../linked-objects/pushed/why-not-pushed.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'

const applicationId = { type: 'string', description: 'Id of the application, as in the configuration.' } as const

/** Parameters of the address of a list of objects, and of that of one object. */
export const objectsParams = { type: 'object', required: ['applicationId'], properties: { applicationId } } as const
export const objectParams = {
  type: 'object',
  required: ['applicationId', 'key'],
  properties: {
    applicationId,
    key: { type: 'string', description: `Key of the object: ${remoteKeyRule}; percent-encoded, \`/\` as \`%2F\`.` },
  },
} as const

export type ObjectsParams = { applicationId: string }
export type ObjectParams = { applicationId: string; key: string }

/** The key in an address, unchanged. Throws Problem `key-invalid`. */
export function readKey(text: string): RemoteKey {
  const key = parseRemoteKey(text)
  if (key !== undefined) return key
  const fault = { field: 'key', rule: `must be ${remoteKeyRule}`, hint: `Send ${remoteKeyRule}, percent-encoded.` }
  throw invalidInput('key-invalid', [fault], 'The address does not hold a valid key.')
}

/** Throws Problem `objects-not-pushed` if the objects of an application are not pushed but come from a source. */
export function refuseUnlessPushed(applications: ReadonlyMap<string, Application>, id: string): void {
  const application = applications.get(id)
  const why = application && whyNotPushed(application)
  if (why !== undefined) throw new Problem('objects-not-pushed', `${why}, and use refresh.`)
}

export const isPushed = (applications: ReadonlyMap<string, Application>, id: string): boolean => {
  const application = applications.get(id)
  return application === undefined || whyNotPushed(application) === undefined
}

/** The answer for a key that has no object, or has none any more. */
export const objectUnknown = (id: string, key: RemoteKey, renamedTo?: RemoteKey) =>
  new Problem(
    'object-unknown',
    `The application ${id} has no object ${key}${renamedTo === undefined ? '' : `: it was renamed to ${renamedTo}`}.`,
  )

/** Throws the Problem that says why a source gave no answer, and what follows. */
export function tellSourceFailure(applicationId: string, error: unknown, consequence: string): never {
  if (!(error instanceof SourceFailure)) throw error
  throw sourceProblem(applicationId, error, { consequence, retryAfter: 5 })
}
