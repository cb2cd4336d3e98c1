import type { Check } from './check.ts'
import { authorizationChecks } from './groups/authorization.ts'
import { cardChecks } from './groups/card.ts'
import { cardAnswerChecks } from './groups/card-answer.ts'
import { createChecks } from './groups/create.ts'
import { keyChecks } from './groups/keys.ts'
import { removeChecks } from './groups/remove.ts'
import { robustnessChecks } from './groups/robustness.ts'
import { speedChecks } from './groups/speed.ts'
import { tlsChecks } from './groups/tls.ts'

/** All checks, in the order in which they run. */
export const allChecks: readonly Check[] = [
  ...cardChecks,
  ...cardAnswerChecks,
  ...keyChecks,
  ...createChecks,
  ...removeChecks,
  ...robustnessChecks,
  ...speedChecks,
  ...tlsChecks,
  // Last: one of them looks at all answers.
  ...authorizationChecks,
]
