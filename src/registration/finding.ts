import type { Fault } from '../errors/problem.ts'

/** What the linter found. An error keeps the sheet back; a warning goes with it. */
export type Finding = Fault & { level: 'error' | 'warning' }

export const error = (field: string, rule: string, hint: string): Finding => ({ level: 'error', field, rule, hint })
export const warning = (field: string, rule: string, hint: string): Finding => ({ level: 'warning', field, rule, hint })
