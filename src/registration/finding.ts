import type { Fault } from '../errors/problem.ts'

/** What the lint found. With an error no sheet is printed; a warning is printed beside it. */
export type Finding = Fault & { level: 'error' | 'warning' }

export const error = (field: string, rule: string, hint: string): Finding => ({ level: 'error', field, rule, hint })
export const warning = (field: string, rule: string, hint: string): Finding => ({ level: 'warning', field, rule, hint })
