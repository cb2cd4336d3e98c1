import type { ApplicationCalls } from '../call-desk/call-record.ts'
import type { World } from '../world/world.ts'

/** What the routes of the API need. */
export type ApiOptions = { world: World; calls: ApplicationCalls }
