/**
 * Who makes a change: Tracker with a fixed token (or none), the verified owner of a user token, an operator, or the
 * application with an API key, whose name is the login. What is taken over from Tracker is a change of Tracker's, which
 * the mirror does not send back; its login says by what it was taken over.
 */
export type Actor =
  | { kind: 'tracker'; login?: 'import' | 'reconciliation' }
  | { kind: 'user'; login?: string; uid?: bigint }
  | { kind: 'operator'; login?: string }
  | { kind: 'application'; login: string }
