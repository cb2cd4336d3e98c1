import type { FastifyRequest } from 'fastify'
import type { Organization, User } from '../../world/records.ts'
import { Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import { type ApiVersion, type DocumentForm, documentForm } from '../documents/document-form.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls Tracker's API, and in which form it answers. Set before a route of the API runs. */
    caller: Caller
  }
}

export type Caller = { user: User; form: DocumentForm }

/** Admits a caller by token and organization. Throws `Refusal` 401 and 403. */
export function admitCaller(world: World, request: FastifyRequest, version: ApiVersion): Caller {
  const user = tokenOwner(world, request.headers.authorization)
  checkOrganization(world, request.headers)
  return { user, form: documentForm(world, `${originOf(request)}/${version}`, version) }
}

/** The address that the caller used, without a path; that of the socket if it named no host. */
export function originOf(request: FastifyRequest): string {
  const { localAddress, localPort } = request.socket
  return `${request.protocol}://${request.host || `${localAddress}:${localPort}`}`
}

function tokenOwner(world: World, authorization: string | undefined): User {
  const [, token] = /^(?:oauth|bearer) +(\S+)\s*$/i.exec(authorization?.trim() ?? '') ?? []
  const user = token === undefined ? undefined : world.userOfToken(token)
  if (user) return user
  throw new Refusal(401, {
    errorMessages: [
      token === undefined
        ? 'The token is missing: send the header Authorization: OAuth <token>, or Authorization: Bearer <IAM token>.'
        : 'The token is not accepted: it is unknown or has expired.',
    ],
  })
}

const headerOf = { yandex360: 'x-org-id', cloud: 'x-cloud-org-id' } as const

/** Whether a request names an organization at all, in whichever header. */
export const namesOrganization = (headers: FastifyRequest['headers']): boolean =>
  Object.values(headerOf).some(name => valuesOf(headers[name]).length > 0)

/**
 * The official client sends both headers, one of them as `not provided`, and some clients send none. An empty header is
 * ignored; one that names an organization must name this one, in the header of its kind.
 */
function checkOrganization(world: World, headers: FastifyRequest['headers']): void {
  const { kind, id } = world.organization
  if (valuesOf(headers[headerOf[kind]]).includes(id)) return
  const isMissing = !namesOrganization(headers)
  if (isMissing && !world.settings().organizationRequired) return
  const hint = `${isMissing ? 'The header is missing. ' : ''}In the sandbox it is ${id}, in the header ${headerName(world.organization)}.`
  throw new Refusal(403, { errorMessages: [`Organization is not available, not ready or not found. ${hint}`] })
}

export const headerName = ({ kind }: Organization) => (kind === 'cloud' ? 'X-Cloud-Org-ID' : 'X-Org-ID')

/** A repeated header comes as one with commas. */
const valuesOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => text !== '' && text.toLowerCase() !== 'not provided')
