import type { Application } from '../../config/schema.ts'
import { Problem } from '../../errors/problem.ts'
import { whyNoPlan } from '../../reconciliation/runs/plan-file.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'

/** Throws Problem `plan-not-applicable` if a run has no whole plan of its own. */
export function refuseUnlessPlan(run: StoredRun): void {
  const why = whyNoPlan(run)
  if (why !== undefined) throw new Problem('plan-not-applicable', why)
}

/** Throws Problem `organization-missing` if nothing can be asked of Tracker for an application. */
export function refuseWithoutOrganization(applications: ReadonlyMap<string, Application>, id: string): void {
  if (applications.get(id)?.organization !== undefined) return
  throw new Problem('organization-missing', `${id} has no organization, so nothing can be asked of Tracker for it.`)
}

/** Each line is applied once. */
export const nothingToApply = (id: string, repairs: number) =>
  new Problem(
    'plan-not-applicable',
    repairs === 0
      ? `Plan ${id} has nothing to repair.`
      : `Plan ${id} was applied before: each of its repairs is made once.`,
  )
