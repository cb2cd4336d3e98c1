import type { Application, Config } from '../config/schema.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import { checkPages, checkPublicUrl } from './address-rules.ts'
import { checkAuthorization } from './authorization-rules.ts'
import { type Finding, warning } from './finding.ts'
import { checkIcon } from './icon-rules.ts'
import { checkTemplates } from './template-rules.ts'

/**
 * Everything that would cost a round trip to the Tracker team. `offline` leaves out the one rule that asks the network.
 * `config` has passed its own checks, so its templates are well-formed and do not overlap.
 */
export async function lintRegistration(
  config: Config,
  application: Application,
  { offline }: { offline: boolean },
): Promise<Finding[]> {
  const field = `applications[${config.applications.indexOf(application)}]`
  const { book, notices } = buildAddressBook(config.applications)
  return [
    ...checkPublicUrl(config),
    ...checkPages(application, field),
    ...checkTemplates(application, book, field),
    ...notices.map(notice => warning('applications', notice, 'Give the templates different first segments.')),
    ...checkAuthorization(application, field),
    ...(offline ? [] : await checkIcon(application.defaultIconUrl, field)),
  ]
}
