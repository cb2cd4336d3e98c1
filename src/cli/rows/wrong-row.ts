import type { Fault } from '../../errors/problem.ts'

/** A row that may not be imported: its first line in the file, its key if that could be read, and what is wrong. */
export type WrongRow = { line: number; key?: string; faults: readonly Fault[] }
