import type { Outcome } from '../../storage/reconciliation/plan-outcomes.ts'
import type { PlanLine } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'

/** Gives the links of a former key to the present key of their issue. */
export async function carryOutMove(_run: OpenRun, _line: PlanLine): Promise<Outcome> {
  return 'failed'
}
