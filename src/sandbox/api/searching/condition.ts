import type { Issue } from '../../world/records.ts'
import type { Refusal } from '../../world/refusal.ts'

/** What issues have to be. A field must have one of the values. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'field'; readonly field: string; readonly values: readonly Value[] }

export type Value =
  | { readonly operator: '=' | '!' | '>' | '>=' | '<' | '<='; readonly operand: Operand }
  | { readonly operator: '..'; readonly operand: Operand; readonly end: Operand }

/** A text, or a function without arguments; `shifts` are added to a date. */
export type Operand = {
  readonly kind: 'text' | 'call'
  readonly text: string
  readonly shifts: readonly { readonly sign: 1 | -1; readonly duration: string }[]
}

/** `refuse` makes the refusal of an order by a field that is not known; without it such an order is ignored. */
export type SortOrder = {
  readonly field: string
  readonly isDescending: boolean
  readonly refuse?: (reason: string) => Refusal
}

export type IssueTest = (issue: Issue) => boolean
