import { join } from 'node:path'
import { allChecks } from '../../../src/checks/kit/all-checks.ts'
import type { Check } from '../../../src/checks/kit/check.ts'
import { type Kit, newKit } from '../../../src/checks/kit/kit.ts'
import { openJournal } from '../../../src/checks/kit/link-journal.ts'
import { type KitReport, runKit } from '../../../src/checks/kit/run-kit.ts'
import { objects, type Played, token } from './correct-server.ts'
import type { FaultyServer } from './faulty-server.ts'

/** Runs the kit, or some checks of it, against a played application. */
export const tryKit = async (...where: Parameters<typeof runPlayed>): Promise<KitReport> =>
  (await runPlayed(...where)).report

/** The same, with the run itself, from which a report is written. */
export async function runPlayed(
  { url }: Pick<Played, 'url'>,
  {
    folder,
    says = {},
    checks = allChecks,
  }: { folder: string; says?: NonNullable<FaultyServer['says']>; checks?: readonly Check[] },
): Promise<{ kit: Kit; report: KitReport }> {
  const { defaultIcon = '/icon.svg', keyInQuery = false, withoutToken = false } = says
  const application = {
    id: 'played',
    entityInfoUrl: `${url}/objects${keyInQuery ? '?key=' : '/'}{{remoteKey}}`,
    createLinkUrl: `${url}/links`,
    removeLinkUrl: `${url}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
    ...(!withoutToken && { oauthToken: token }),
  }
  const kit = newKit({
    target: { application, objects, ...(defaultIcon !== 'none' && { defaultIconUrl: `${url}${defaultIcon}` }) },
    sender: { timeout: 5_000 },
    journal: openJournal(join(folder, `${new URL(url).port}.ndjson`)),
    signal: new AbortController().signal,
  })
  return { kit, report: await runKit(kit, checks) }
}
