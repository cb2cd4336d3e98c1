import type { RequestCounts } from '../api/requests/request-counts.ts'
import type { CallDesk } from '../call-desk/call-desk.ts'
import type { World } from '../world/world.ts'
import type { Notices } from './changes/notices.ts'
import type { CardViewer } from './issue-view.ts'

/** What the routes of the pages need. */
export type PageOptions = { world: World; desk: CallDesk; counts: RequestCounts; notices: Notices; viewer: CardViewer }
