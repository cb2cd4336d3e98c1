import type { RequestCounts } from '../api/requests/request-counts.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import type { World } from '../world/world.ts'
import type { CardViewer } from './issue-view.ts'
import type { Notices } from './notices.ts'

/** What the routes of the pages need. */
export type PageOptions = { world: World; desk: CallDesk; counts: RequestCounts; notices: Notices; viewer: CardViewer }
