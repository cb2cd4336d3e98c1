/**
 * The content of the databases as functions of a number, so that the generator knows every key and its right answer without
 * reading a database.
 */

export const applicationId = 'bench'

/** The key of object `n` (from 0). */
export const objectKey = (n: number): string => `deal-${String(n).padStart(7, '0')}`

/** The card of object `n`, with every field that an average application fills. */
export function card(n: number) {
  return {
    key: objectKey(n),
    summary: `Deal ${n}: delivery of spare parts for line ${n % 97}`,
    iconUrl: `https://crm.example.com/icons/${n % 7}.svg`,
    status: { name: statuses[n % statuses.length] ?? '', description: 'As the sales department set it' },
    assignee: { trackerUid: 8_000_000_000 + (n % 5_000), login: `user-${n % 5_000}` },
    updated: `2026-10-${String((n % 28) + 1).padStart(2, '0')}T10:11:12.345+0000`,
  }
}

const statuses = ['New', 'In progress', 'Waiting for payment', 'Done']

/** How many links a database holds before the work begins. */
export type Preload = {
  /** Issues GONE-1, GONE-2, …: one link each, to be removed. */
  removable: number
  /** Issues OLD-1, OLD-2, …: `keysPerIssue` links each, to be created again. */
  repeatable: number
}

export const keysPerIssue = 50

/** The objects to which issue number `n` is linked: neighbours, so that no two are the same. */
export function linkedKeys(n: number, count: number, objects: number): string[] {
  return Array.from({ length: count }, (_, index) => objectKey((n * keysPerIssue + index) % objects))
}

/** The `position`th object in an order that visits each of `objects` once, and never two neighbours in a row. */
export const shuffled = (position: number, objects: number): number => (position * 61_403 + 7) % objects
