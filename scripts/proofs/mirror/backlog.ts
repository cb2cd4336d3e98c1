import { claimIssue, findWork } from '../../../src/storage/mirror/mirrored-links.ts'
import type { Database } from './changes.ts'
import type { MirrorServer } from './servers.ts'

/** Makes so many links wait, each issue with ten. */
export async function fillBacklog(database: Database, links: number): Promise<void> {
  await database.$executeRawUnsafe(`
    INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, next_at)
    SELECT 'crm', 'TEST-' || (n / 10 + 1000), 'waiting-' || n, 'linked', 1, now() - n * interval '1 ms'
    FROM generate_series(1, ${links}) AS n`)
  await database.$executeRawUnsafe('ANALYZE link_mirror')
}

/** Milliseconds of so many claims: finding what is due, and claiming an issue of it. */
export async function measureClaims(database: Database, claims: number): Promise<number[]> {
  const times: number[] = []
  for (let number = 0; number < claims; number++) {
    const began = performance.now()
    const [work] = await findWork(database, { applications: ['crm'], follower: 'mirror', busy: [], most: 8 })
    const [issueKey = ''] = work?.issues ?? []
    const rows = await claimIssue(database, { applicationId: 'crm', issueKey, limit: 200, leaseSeconds: 25 })
    times.push(performance.now() - began)
    if (rows.length === 0) throw new Error('nothing was claimed')
  }
  return times
}

/** Links that Tracker's calls created in a second, by so many callers that each wait for their answer. */
export async function createAtOnce({ publicUrl }: MirrorServer, callers: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000
  let created = 0
  const call = async (caller: number) => {
    for (let number = 0; performance.now() < end; number++) {
      const body = { issueKey: `PROD-${caller + 1}`, entityIds: [`${performance.now()}-${caller}-${number}`] }
      const answer = await fetch(`${publicUrl}/crm/links`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`a creation was answered ${answer.status}`)
      created++
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  return created / seconds
}
