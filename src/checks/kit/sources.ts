// Where a rule comes from, as the report cites it.

const page = 'Tracker, "Setting up an external application"'

export const sources = {
  card: `${page}: object information`,
  date: `${page}: the form of date and time`,
  create: `${page}: creating a link`,
  remove: `${page}: removing a link`,
  authorization: `${page}: authorization`,
  registration: 'Tracker, "Sending your application data to the Tracker team"',
  open: "Tracker's documents leave it open",
  tls: 'RFC 8996, deprecating TLS 1.0 and 1.1',
  http: 'RFC 9110, HTTP semantics',
} as const
