/** A difference between an answer and the contract, in words: the place, the rule that it breaks, and what to do. */
export type Finding = {
  level: 'error' | 'warning'
  field: string
  rule: string
  hint: string
  /** What a program tells apart: a value is null, a field has a name that no card has, the card is another object's. */
  code?: 'null' | 'unknown-name' | 'other-key'
}

/** Tracker's documents say otherwise: what they require is missing, or what they give a form has another. */
export const error = (field: string, rule: string, hint: string): Finding => ({ level: 'error', field, rule, hint })

/** The documents say nothing about it, so nobody should rely on it. */
export const warning = (field: string, rule: string, hint: string): Finding => ({ level: 'warning', field, rule, hint })
