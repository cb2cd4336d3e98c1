import { type NewSighting, trimSightings, writeSightings } from '../../storage/calls/sightings.ts'
import type { NewCallRecord } from '../../storage/calls/write-calls.ts'
import type { Queries } from '../../storage/database/queries.ts'

export type SightingBound = Map<string, number>

/** Of each application the first and the last so many stay. */
const most = 5_000
/** Sightings that may be written before the middle is removed. */
const slack = 500

/** The records as the table of calls has them. */
export const answeredOf = (records: readonly NewCallRecord[]): readonly NewCallRecord[] =>
  records.some(({ sighting }) => sighting !== undefined)
    ? records.filter(({ isOnlySighted }) => !isOnlySighted).map(record => ({ ...record, sighting: undefined }))
    : records

/** Writes what the probe saw of these calls, and keeps its table bounded. Throws what the driver throws. */
export async function keepSightings(
  { database, sighted }: { database: Queries; sighted: SightingBound },
  records: readonly NewCallRecord[],
): Promise<void> {
  const sightings = records.flatMap(({ applicationId, at, requestId, sighting }): NewSighting[] =>
    sighting === undefined ? [] : [{ applicationId, at, requestId, sighting }],
  )
  if (sightings.length === 0) return
  await writeSightings(database, sightings)
  for (const { applicationId } of sightings) sighted.set(applicationId, (sighted.get(applicationId) ?? slack) + 1)
  for (const [id, count] of sighted) {
    if (count < slack) continue
    await trimSightings(database, id, most)
    sighted.set(id, 0)
  }
}
