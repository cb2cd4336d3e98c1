import type { Config } from '../../config/schema.ts'
import { buildSheet } from '../../registration/build-sheet.ts'
import type { Application } from '../../sandbox/world/records.ts'

type ConfiguredApplication = Config['applications'][number]
type Authorization = Exclude<ConfiguredApplication['authorization'], { kind: 'none' }>

/**
 * The applications as their registration sheets describe them, with the three calls going to `linkServer`. `nearAddress`
 * does the same to an address of the server itself.
 */
export function registerApplications(
  config: Config,
  linkServer: string,
  nearAddress: (address: string) => string,
): Application[] {
  return config.applications.map(application => {
    const options = { withToken: true, olderForm: false }
    const { registration } = buildSheet({ ...config, publicUrl: linkServer }, application, options)
    const { authorization } = application
    return {
      ...registration,
      frontUrl: nearAddress(registration.frontUrl),
      ...(authorization.kind !== 'none' && { tokenForm: tokenFormOf(authorization) }),
    }
  })
}

const tokenFormOf = ({ header = 'Authorization', schemes }: Authorization) => ({
  header,
  scheme: schemes?.[0] ?? 'OAuth',
})
