import { countLinks } from '../../storage/links/list-links.ts'
import { findRun } from '../../storage/reconciliation/list-runs.ts'
import { countVanishing } from '../../storage/reconciliation/plan-outcomes.ts'
import type { RunCounts } from '../../storage/reconciliation/run-progress.ts'
import type { OpenRun } from '../compare/run-ground.ts'

/** So many links, and this part of all, vanish only if an owner has said so: it looks like lost rights, not like removals. */
const suspicious = { links: 10, part: 0.3 }

const isSuspicious = (count: number, inAll: number) => count >= suspicious.links && count > suspicious.part * inAll

/** Why a plan is not applied; undefined: nothing speaks against it. */
export async function whyRefused({
  database,
  application,
  planId,
  counts,
  position,
}: OpenRun): Promise<string | undefined> {
  const { here, inTracker } = await countVanishing(database, planId)
  // More links than that would say the same: not all of ten million are counted for a plan of a few lines.
  const enough = Math.ceil(Math.max(here, inTracker) / suspicious.part) + 1
  const links = await countLinks(database, application.id, {}, enough)
  const { acceptRemovals } = position.options
  const plan = await findRun(database, planId)
  const { unreadable = 0, issues = 0 } = { ...counts, ...(plan?.counts as RunCounts | undefined) }
  if (isSuspicious(unreadable, issues))
    return `Tracker did not show the links of ${unreadable} of ${issues} issues. That looks like lost rights: give the user of the token the rights to read them, then compare again.`
  if (isSuspicious(here, links) && here > acceptRemovals) return tooMany(here, links, 'here')
  const inAll = links + inTracker
  if (isSuspicious(inTracker, inAll) && inTracker > acceptRemovals) return tooMany(inTracker, inAll, 'in Tracker')
  return undefined
}

const tooMany = (count: number, inAll: number, where: string) =>
  `${count} of ${inAll} links would vanish ${where}. That looks like lost rights or a wrong organization. If they are to vanish, repeat it with --accept-removals ${count}.`
