import type { Application } from '../../config/schema.ts'
import { Problem } from '../../errors/problem.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'

/** Throws Problem `plan-not-applicable` if a run has no whole plan of its own. */
export function refuseUnlessPlan({ id, planId, state }: StoredRun): void {
  if (planId !== null)
    throw new Problem('plan-not-applicable', `Run ${id} applies plan ${planId} and has none of its own.`)
  if (state !== 'finished')
    throw new Problem('plan-not-applicable', `The plan of run ${id} is not whole: the run is ${state}.`)
}

/** Throws Problem `organization-missing` if nothing can be asked of Tracker for an application. */
export function refuseWithoutOrganization(applications: ReadonlyMap<string, Application>, id: string): void {
  if (applications.get(id)?.organization !== undefined) return
  throw new Problem('organization-missing', `${id} has no organization, so nothing can be asked of Tracker for it.`)
}
