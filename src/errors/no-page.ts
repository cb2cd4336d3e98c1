/**
 * The headers of every answer that is no page: a browser takes it for what its type says and nothing else, loads nothing for it,
 * and shows it in no frame. A page of ours, and an icon, puts a policy of its own in the place of this one.
 */
export const noPage = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const
