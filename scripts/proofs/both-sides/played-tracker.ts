import { setTimeout as sleep } from 'node:timers/promises'

export type Side = 'linked' | 'absent'
export type TrackerLink = { id: string; key: string }
export type TrackerWorld = {
  issues: { id: string; key: string; aliases: string[] }[]
  remoteLinks: { id: number; issueId: string; key: string; applicationId: string }[]
}

/** People and programs at the sandbox. What people do on its pages has no faults: only what Tracker makes of it has. */
export function trackerAt(address: string) {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(address + path, {
      method,
      headers: { authorization: 'OAuth canary-agree', 'x-org-id': '1' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : await answer.json()
  }
  const submit = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form)
    const answer = await fetch(address + path, { method: 'POST', body, redirect: 'manual' })
    await answer.arrayBuffer()
    return answer.status < 400
  }
  return {
    ask,
    world: () => ask('GET', '/sandbox/world') as Promise<TrackerWorld>,
    /** The remote links of an issue, asked for until Tracker answers. */
    async linksOf(issue: string): Promise<TrackerLink[]> {
      for (;;) {
        const links = await ask('GET', `/v3/issues/${issue}/remotelinks?perPage=1000`).catch(() => undefined)
        if (links)
          return (links as { id: number; object: { key: string } }[]).map(({ id, object }) => ({
            id: `${id}`,
            key: object.key,
          }))
        await sleep(5)
      }
    },
    link: (issue: string, key: string) => submit(`/issues/${issue}/links`, { application: 'crm', key }),
    unlink: (issue: string, id: string) => submit(`/issues/${issue}/links/${id}/remove`, {}),
    move: (issue: string, queue: string) => submit(`/issues/${issue}/move`, { queue }),
    keyOf: async (id: string) => {
      for (;;) {
        const issue = await ask('GET', `/v3/issues/${id}`).catch(() => undefined)
        if (issue) return (issue as { key: string }).key
        await sleep(5)
      }
    },
  }
}
export type PlayedTracker = ReturnType<typeof trackerAt>
