import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { Application } from '../config/schema.ts'
import { invalidInput, Problem } from '../errors/problem.ts'
import type { Actor } from '../links/actor.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import type { AddressBook, Match } from './addresses/address-book.ts'
import type { Refusal } from './addresses/address-readings.ts'
import type { Authorize, NotedToken } from './authorization/authorize.ts'

/** Who calls which application, and what the address says. */
export type Admission<Call extends TrackerCall> = {
  application: Application
  actor: Actor
  match: Match[Call]
  /** For the request log: where the card came from, and the remote key of the reading that was taken. */
  source?: CardSource | undefined
  taken?: string | undefined
} & NotedToken

/** An admission as far as it has come. */
export type Admitted = { [Field in keyof Admission<TrackerCall>]?: Admission<TrackerCall>[Field] | undefined }

export type CardSource = 'memory' | 'database' | 'source' | 'lastGood'

declare module 'fastify' {
  interface FastifyRequest {
    /** Filled by the hook `admit`, step by step; whole once a handler runs. */
    admission: Admitted | undefined
  }
}

export type AdmissionOptions = {
  applications: ReadonlyMap<string, Application>
  /** Who may call, by application id. */
  authorizers: ReadonlyMap<string, Authorize>
  addresses: AddressBook
}

/** The way into one of the three calls: `admit` is the hook before it, `admitted` what the hook found out. */
export type Gate<Call extends TrackerCall> = {
  admit: onRequestHookHandler
  admitted: (request: FastifyRequest) => Admission<Call>
}

/** The gate of a call: first the address must be one of an application, then its caller must be let in. */
export function createGate<Call extends TrackerCall>(
  app: FastifyInstance,
  call: Call,
  options: AdmissionOptions,
): Gate<Call> {
  const { addresses, applications, authorizers } = options
  // One function for both, since each further one of a chain is paid for by every call. A promise only if the authorization needs one.
  const admitCaller = (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
    const match = addresses.find(call, request.originalUrl)
    if (!match) return done(noSuchCall(request, addresses))
    const application = applications.get(match.applicationId) as Application
    // All that each call fills in has its place from the start: an object that grows is made twice.
    const admission: Admitted = {
      match,
      application,
      scheme: undefined,
      tokenPlace: undefined,
      actor: undefined,
      source: undefined,
      taken: undefined,
    }
    request.admission = admission
    const authorize = authorizers.get(application.id) as Authorize
    try {
      const actor = authorize(request.headers, request, admission)
      if (actor instanceof Promise) return letInLater(admission, actor, done)
      admission.actor = actor
    } catch (error) {
      return done(error as Error)
    }
    done()
  }
  return {
    admit: app.auth([admitCaller]),
    admitted: request => request.admission as Admission<Call>,
  }
}

/** Apart, so that a call with a fixed token pays for no closure. */
function letInLater(admission: Admitted, caller: Promise<Actor>, done: (error?: Error) => void): void {
  const letIn = (actor: Actor) => {
    admission.actor = actor
    done()
  }
  caller.then(letIn, done)
}

const methods = { entityInfo: 'GET, HEAD', createLink: 'POST', removeLink: 'DELETE' } as const satisfies Record<
  TrackerCall,
  string
>

/** Why an address does not answer a method: another call answers there, or none does. */
export function noSuchCall(request: FastifyRequest, addresses: AddressBook): Problem {
  const calls = addresses.callsAt(request.originalUrl).map(call => methods[call])
  const allow = [...calls, ...(addresses.triggersAt(request.originalUrl) === undefined ? [] : ['POST, PUT'])].join(', ')
  return allow === ''
    ? new Problem('no-such-address', 'No application has a template that this address fits.')
    : new Problem('method-not-allowed', `This address answers ${allow}.`, { headers: { allow } })
}

/** What a handler throws if the address holds no valid key. Not earlier: a caller without access learns nothing of keys. */
export function badKeys({ code, fault }: Refusal): Problem {
  const faults = [{ ...fault, rule: `must be ${fault.rule}` }]
  return invalidInput(code, faults, `The address does not hold a valid ${fault.field}.`)
}
