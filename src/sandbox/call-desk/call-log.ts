import type { CallRecord } from './call-record.ts'

export type CallLog = ReturnType<typeof createCallLog>

/** The last calls, in memory, in the order in which they were requested. A record is replaced as its call proceeds. */
export function createCallLog(most = 1000) {
  const records = new Map<number, CallRecord>()
  let lastId = 0
  return {
    nextId: (): number => ++lastId,
    /** Keeps a record, in place of an earlier one of the same call. */
    put(record: CallRecord): CallRecord {
      records.set(record.id, record)
      for (const id of records.keys()) {
        if (records.size <= most) break
        records.delete(id)
      }
      return record
    },
    get: (id: number): CallRecord | undefined => records.get(id),
    /** The latest first. */
    list: (wanted: (record: CallRecord) => boolean = () => true): CallRecord[] =>
      [...records.values()].filter(wanted).sort((one, other) => other.id - one.id),
    clear: (): void => records.clear(),
  }
}
