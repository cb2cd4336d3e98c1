/**
 * Who makes a change: Tracker with a fixed token (or none), the verified owner of a user token, an operator, or the
 * application with an API key, whose name is the login.
 */
export type Actor =
  | { kind: 'tracker' }
  | { kind: 'user'; login?: string; uid?: bigint }
  | { kind: 'operator'; login?: string }
  | { kind: 'application'; login: string }
