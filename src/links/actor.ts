/** Who makes a change: Tracker with a fixed token (or none), the verified owner of a user token, or an operator. */
export type Actor =
  | { kind: 'tracker' }
  | { kind: 'user'; login?: string; uid?: bigint }
  | { kind: 'operator'; login?: string }
