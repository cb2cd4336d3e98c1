import type { Application, Config } from '../config/schema.ts'
import { checkPages, checkPublicUrl } from './address-rules.ts'
import { checkAuthorization } from './authorization-rules.ts'
import type { FindAddress } from './find-address.ts'
import { type Finding, warning } from './finding.ts'
import { checkIcon } from './icon-rules.ts'
import { checkTemplates } from './template-rules.ts'

/** `find` and `notices` are the address book's: how an address is read is not known here. */
type LintOptions = {
  find: FindAddress
  notices: readonly string[]
  /** Leaves out the one rule that asks the network. */
  offline: boolean
}

/**
 * Finds every mistake that would cost a round trip to the Tracker team. `config` has passed its own checks, so its templates
 * are well-formed and do not overlap.
 */
export async function lintRegistration(
  config: Config,
  application: Application,
  { find, notices, offline }: LintOptions,
): Promise<Finding[]> {
  const field = `applications[${config.applications.indexOf(application)}]`
  return [
    ...checkPublicUrl(config),
    ...checkPages(application, field),
    ...checkTemplates(application, find, field),
    ...notices.map(notice => warning('applications', notice, 'Give the templates different first segments.')),
    ...checkAuthorization(application, field),
    ...(offline ? [] : await checkIcon(application.defaultIconUrl, field)),
  ]
}
