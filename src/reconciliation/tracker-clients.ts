import { isDeepStrictEqual } from 'node:util'
import type { Application, Config, Organization } from '../config/schema.ts'
import { createTrackerClient, type TrackerClient } from '../tracker-client/create-tracker-client.ts'
import type { RateBudget } from '../tracker-client/rate-budget.ts'

/** The budgets that an organization's requests go by, whoever sends them. */
export type BudgetsOf = (organization: Organization) => Record<'search' | 'other', RateBudget>

/** The clients of Tracker that a process has: one for each organization, opened when it is first asked for. */
export type TrackerClients = {
  /** The client for the issues of an application; undefined if it has no organization. */
  trackerOf: (application: Pick<Application, 'organization'>) => TrackerClient | undefined
  /** From now on those of another configuration. What is in flight ends with the former clients. */
  use: (config: Pick<Config, 'organizations'>) => void
  close: () => Promise<void>
}

/** Milliseconds in which work with a former client ends: longer than any lease. */
const lastCalls = 60_000

/** Without `budgetsOf` each client keeps to the rate by itself. */
export function openTrackerClients(config: Pick<Config, 'organizations'>, budgetsOf?: BudgetsOf): TrackerClients {
  const clients = new Map<string, { organization: Organization; client: TrackerClient }>()
  const former = new Set<TrackerClient>()
  let { organizations } = config

  const open = (organization: Organization) => {
    const client = createTrackerClient({ ...organization, ...(budgetsOf && { budgets: budgetsOf(organization) }) })
    clients.set(organization.name, { organization, client })
    return client
  }
  const retire = (client: TrackerClient) => {
    former.add(client)
    setTimeout(() => former.delete(client) && void client.close(), lastCalls).unref()
  }
  return {
    trackerOf({ organization: name }) {
      const organization = organizations.find(one => one.name === name)
      return organization && (clients.get(organization.name)?.client ?? open(organization))
    },
    use(next) {
      organizations = next.organizations
      for (const [name, { organization, client }] of clients) {
        if (organizations.some(one => isDeepStrictEqual(one, organization))) continue
        clients.delete(name)
        retire(client)
      }
    },
    async close() {
      const all = [...Array.from(clients.values(), ({ client }) => client), ...former]
      clients.clear()
      former.clear()
      await Promise.all(all.map(client => client.close()))
    },
  }
}
