import type { Session } from '../database/connection/session.ts'

/**
 * A partition of the events: those from the number `from` (undefined: from the first one that is kept) to below `to`. The last
 * one has no end: every number that will ever be given has its place, however long nobody looks after the partitions.
 */
export type EventPartition = {
  name: string
  from: bigint | undefined
  to: bigint | undefined
  /** The end that it is about to get, see close-partition.ts, and whether all its rows are known to be below it. */
  closing: { to: bigint; isChecked: boolean } | undefined
}

/** How the events are stored. `isOwner`: whether this role may change that. */
export type EventTable = { isOwner: boolean; partitions: EventPartition[] }

/** The name of the CHECK that a partition has while it gets an end. */
export const closingCheck = 'link_event_bound'

const question = `
  SELECT quote_ident(relname) AS name, pg_has_role(relowner, 'USAGE') AS "isOwner",
    substring(bounds FROM 'FROM \\(''?(-?\\d+)') AS "from", substring(bounds FROM 'TO \\(''?(\\d+)') AS "to",
    substring(pg_get_constraintdef(bound.oid) FROM 'id < ''?(\\d+)') AS closing, convalidated AS "isChecked"
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    CROSS JOIN pg_get_expr(relpartbound, pg_class.oid) AS bounds
    LEFT JOIN pg_constraint AS bound ON conrelid = inhrelid AND conname = '${closingCheck}'
  WHERE inhparent = 'link_event'::regclass`

type Row = {
  name: string
  isOwner: boolean
  from: string | null
  to: string | null
  closing: string | null
  isChecked: boolean | null
}

/** The partitions of the events, the oldest first. */
export async function readEventTable(session: Session): Promise<EventTable> {
  const { rows } = await session.query<Row>(question)
  const partitions = rows.map(({ name, from, to, closing, isChecked }) => ({
    name,
    from: from === null ? undefined : BigInt(from),
    to: to === null ? undefined : BigInt(to),
    closing: closing === null ? undefined : { to: BigInt(closing), isChecked: isChecked === true },
  }))
  return {
    isOwner: rows.every(({ isOwner }) => isOwner),
    partitions: partitions.sort((one, other) => Number((one.from ?? -1n) - (other.from ?? -1n))),
  }
}

/** An application's oldest and newest event in a partition. */
export type Span = { applicationId: string; oldest: Moment; newest: Moment }
type Moment = { id: string; occurredAt: Date }

/** The span of each application that has events in a partition, by a few looks into its primary key. */
export async function spansOf(session: Session, { name }: EventPartition): Promise<Span[]> {
  const { rows } = await session.query<{ applicationId: string } & Record<string, string | Date>>(`
    WITH RECURSIVE application AS (
      (SELECT application_id FROM ${name} ORDER BY application_id LIMIT 1)
      UNION ALL
      SELECT (SELECT application_id FROM ${name} WHERE application_id > application.application_id
              ORDER BY application_id LIMIT 1)
      FROM application WHERE application_id IS NOT NULL
    )
    SELECT application_id AS "applicationId", oldest.id AS "oldestId", oldest.occurred_at AS "oldestAt",
      newest.id AS "newestId", newest.occurred_at AS "newestAt"
    FROM application
      CROSS JOIN LATERAL (SELECT id, occurred_at FROM ${name} AS event
        WHERE event.application_id = application.application_id ORDER BY id LIMIT 1) AS oldest
      CROSS JOIN LATERAL (SELECT id, occurred_at FROM ${name} AS event
        WHERE event.application_id = application.application_id ORDER BY id DESC LIMIT 1) AS newest`)
  return rows.map(({ applicationId, oldestId, oldestAt, newestId, newestAt }) => ({
    applicationId,
    oldest: { id: oldestId as string, occurredAt: oldestAt as Date },
    newest: { id: newestId as string, occurredAt: newestAt as Date },
  }))
}
