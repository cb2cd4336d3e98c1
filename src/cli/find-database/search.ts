import type { Environment } from '../../config/environment/read-environment.ts'
import type { Settings } from '../../config/settings.ts'

/** What a command knows of where its database is. */
export type Search = {
  settings: Settings
  environment: Environment
  /** The configuration file; undefined if there is none. */
  source: string | undefined
  /** The working folder. */
  directory: string
}
