import { randomUUID } from 'node:crypto'
import type { FuzzServer } from './fuzz-server.ts'

/** Texts that keys of the well-behaved caller hold, too. */
const awkward = ['é', '%41', 'a b', '+', '/', "'", '\\', '{{remoteKey}}', '😀', '\u2028', '&x=1', '"']

/** A well-behaved caller beside the fuzzed ones: each turn it creates a link, now and then removes one, and asks for a card. */
export function tameCalls({ ports, credentials, linkedKeys }: FuzzServer) {
  const linked = new Set<string>()
  const origin = `http://127.0.0.1:${ports.public}`
  const headers = { authorization: `OAuth ${credentials.token}`, 'content-type': 'application/json' }
  const call = async (method: string, address: string, body?: object) => {
    const answer = await fetch(origin + address, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    await answer.text()
    return answer.status
  }
  // Another run over the same database has keys of its own.
  const run = randomUUID()
  let turns = 0
  const turn = async (): Promise<string | undefined> => {
    const key = `${run} ${turns++} ${awkward[turns % awkward.length]}`
    const created = await call('POST', '/tame/links', { issueKey: 'TEST-1', entityIds: [key] })
    if (created !== 201) return `a good link was answered ${created}`
    linked.add(key)
    if (turns % 3 === 0) {
      const query = new URLSearchParams({ issueKey: 'TEST-1', remoteKey: key }).toString().replaceAll('+', '%20')
      const removed = await call('DELETE', `/tame/links?${query}`)
      if (removed !== 204) return `a good removal was answered ${removed}`
      linked.delete(key)
    }
    const card = await call('GET', `/tame/objects/${encodeURIComponent(key)}`)
    return card === 404 ? undefined : `a good question for a card was answered ${card}`
  }
  // The end of the time cuts a run short.
  let last: Promise<string | undefined> | undefined
  return {
    turn: () => {
      last = turn()
      return last
    },
    acknowledged: () => linked.size,
    /** Links that were acknowledged and are not stored, or the other way round. */
    lost: async () => {
      await last
      return [...linked.symmetricDifference(new Set(await linkedKeys(run)))]
    },
  }
}
