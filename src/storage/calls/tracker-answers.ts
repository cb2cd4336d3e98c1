import type { Queries } from '../database/queries.ts'

/**
 * What an answer of Tracker to the mirror or to a comparison shows: an addition that was refused as one of a link that exists, that such
 * a link was found afterwards, that a link is there twice, how a long list comes, and that it removed a link for us.
 */
export type TrackerAnswer =
  | `repeat ${409 | 422}`
  | 'repeat found'
  | 'second link'
  | 'list in pages'
  | 'list whole'
  | 'removed'

/** Counts an answer for the probe of an application, if one is on. */
export async function noteAnswer(database: Queries, applicationId: string, answer: TrackerAnswer): Promise<void> {
  await database.$executeRaw`
    UPDATE probe_run
    SET answers = answers || jsonb_build_object(${answer}::text, coalesce((answers ->> ${answer}::text)::int, 0) + 1)
    WHERE application_id = ${applicationId} AND started_at + make_interval(days => days) > now()`
}

/** Tracker's lists have pages of so many entries unless something else is asked for. */
export const usualPage = 50

/** Notes how a list of remote links came. One that fits on a page says nothing, and costs no statement. */
export async function noteList(
  database: Queries,
  applicationId: string,
  { links, pages }: { links: number; pages: number },
): Promise<void> {
  if (links > usualPage) await noteAnswer(database, applicationId, pages > 1 ? 'list in pages' : 'list whole')
}
