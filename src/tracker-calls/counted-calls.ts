import type { FastifyRequest } from 'fastify'
import type { Application } from '../config/schema.ts'
import {
  type ApplicationCounts,
  type CallCounts,
  countCall,
  countLatency,
  countOther,
  countsOf,
} from '../metrics/call-counts.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import { callOfMethod } from './addresses/call-of-method.ts'

/** Counts every answer, also those that have no line in the log; by the application itself, so that no text is looked up. */
export function createCounting(counts: CallCounts, applications: ReadonlyMap<string, Application>) {
  const own = new Map<Application, ApplicationCounts>()
  for (const [id, application] of applications) own.set(application, countsOf(counts, id))
  return ({ admission, method }: FastifyRequest, status: number, milliseconds: number): void => {
    if (admission?.application === undefined) countOther(counts.unknown, status)
    else if (admission.match === undefined) countOther(counts.triggers, status)
    else {
      const call = callOfMethod[method] as TrackerCall
      const source = status < 400 ? (admission.source ?? '') : ''
      countCall(counts, own.get(admission.application) as ApplicationCounts, call, status, source)
      if (admission.actor !== undefined && status !== 429) countLatency(counts, call, source, milliseconds / 1_000)
    }
  }
}
