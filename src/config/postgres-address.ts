/**
 * The address of a PostgreSQL database, as DATABASE_URL and a `sql` source have it. The driver guesses where a user name, a
 * password or a host ends if one of `/ @ : ? # %` is not encoded; it then takes a part of the password for the host or the
 * database, which are logged. So only what can be read in one way is an address.
 */

const form =
  /^postgres(?:ql)?:\/\/(?<user>[^/?#@:]*(?::[^/?#@:]*)?@)?(?<host>[^/?#@]*)(?:\/[^?#@]*)?(?:\?(?<query>[^#]*))?$/

export const postgresAddressNotes = {
  format: 'postgres-address',
  patternErrorMessage:
    'It is postgresql://USER:PASSWORD@HOST:5432/DATABASE with one host, and `/`, `@`, `:`, `?`, `#`, `%` and spaces in its parts are percent-encoded.',
  hint: 'Percent-encode them, in the password above all: `/` is %2F, `@` %40, `:` %3A, `?` %3F, `#` %23, `%` %25, a space %20.',
} as const

/** What may be shown of an address: never its user or password. */
type PostgresPlace = { host: string; port: string; database: string }

/** Host, port and database of an address; undefined if it is not one, or can be read in several ways. */
export function readPostgresAddress(text: string): PostgresPlace | undefined {
  const parts = form.exec(text)?.groups
  if (!parts || /\s|%(?![0-9a-f]{2})/i.test(text) || !isQuery(parts.query)) return undefined
  // The host may be left out, for a socket; `URL` does not accept that after a user.
  const full = parts.host === '' && parts.user ? text.replace('@/', '@localhost/') : text
  if (!URL.canParse(full)) return undefined
  const { username, password, hostname, port, pathname, searchParams } = new URL(full)
  const [host, database, ...secrets] = [hostname, pathname.slice(1), username, password].map(decode)
  if (host === undefined || database === undefined || secrets.includes(undefined)) return undefined
  return {
    host: searchParams.get('host') ?? (host || 'localhost'),
    port: searchParams.get('port') ?? (port || '5432'),
    database,
  }
}

/** Such as `PostgreSQL at db.example.com:5432/links`; undefined as above. */
export function describePostgresAddress(text: string): string | undefined {
  const place = readPostgresAddress(text)
  return place && `PostgreSQL at ${place.host}:${place.port}${place.database && `/${place.database}`}`
}

/** Whether it is names and values. An `@` in another of them is the end of a password that holds a `?`. */
function isQuery(query: string | undefined): boolean {
  return !query || query.split('&').every(part => /^(user|password)=/.test(part) || /^\w+=[^@]*$/.test(part))
}

/** The driver decodes these parts too, and fails if they are not UTF-8. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
