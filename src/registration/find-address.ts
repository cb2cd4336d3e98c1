import type { TrackerCall } from '../tracker-contract/tracker-call.ts'

/** Whose an address is and what it is read as, the likeliest reading first; without readings if it holds no valid key. */
type ReadAddress = {
  entityInfo: { applicationId: string; keys?: readonly string[] }
  createLink: { applicationId: string }
  removeLink: { applicationId: string; links?: readonly { issueKey: string; remoteKey: string }[] }
}

/** How the server reads an address (path and query) as a call; undefined if no application answers it. */
export type FindAddress = <Call extends TrackerCall>(call: Call, address: string) => ReadAddress[Call] | undefined
