/** What Tracker wants of an application, in the order in which it matters to those who wait. */
export const groups = ['card', 'create', 'remove', 'register', 'agree'] as const
export type Group = (typeof groups)[number]

/** `must`: something does not work, and somebody must act; `warning`: it works, and may not for long; `unknown`: nobody could look. */
export type Severity = 'must' | 'warning' | 'unknown'

type Entry = {
  /** The state of an application that has it, in the words of the API. */
  state: string
  /** What is wrong, whoever has it. */
  title: string
  severity: Severity
  /** What does not work because of it. */
  groups: readonly Group[]
}

const all = groups
const calls = ['card', 'create', 'remove'] as const
const changes = ['create', 'remove'] as const
const must = 'must'
const warning = 'warning'
const unknown = 'unknown'

const entry = (state: string, title: string, severity: Severity, groups: readonly Group[]): Entry => ({
  state,
  title,
  severity,
  groups,
})

/**
 * All that the doctor can find. A code is stable: S is what everything stands on, C the card, L links, R the registration and the
 * way to this server, A the agreement of both sides. A test compares this list with docs/findings.md.
 * Of several findings the first in this order is the verdict: of those that must be mended, else of what could not be looked at, else of the
 * warnings.
 */
export const findings = {
  'TLK-S01': entry('configuration invalid', 'The configuration is refused', must, all),
  'TLK-S03': entry('database away', 'The database cannot be reached', must, all),
  'TLK-S04': entry('database refuses us', 'The database refuses the user or the password', must, all),
  'TLK-S05': entry('schema differs', 'The schema of the database is not the one of this version', must, all),
  'TLK-S02': entry('server not running', 'No server runs on this machine', must, calls),
  'TLK-S06': entry('database read-only', 'The database takes no changes', must, changes),
  'TLK-S07': entry('disk full', 'The disk of the database is full', must, changes),
  'TLK-S08': entry('rights missing', 'The database denies the user a right', must, changes),
  'TLK-S09': entry('not ready', 'The server says that it is not ready', must, calls),
  'TLK-S13': entry('cannot tell', 'Something could not be looked at in time', unknown, all),
  'TLK-S10': entry('other configuration', 'The server runs with another configuration or database', warning, all),
  'TLK-S11': entry('disk nearly full', 'The disk of the database is nearly full', warning, changes),
  'TLK-S12': entry('clock wrong', 'The clocks of this machine and of the database differ', warning, all),
  'TLK-S14': entry(
    'database short',
    'The database denies a right or a connection that not every call needs',
    warning,
    all,
  ),
  'TLK-S15': entry('log not written', 'The server cannot write its log', warning, all),
  'TLK-S16': entry('workers missing', 'Fewer workers answer than are wanted', warning, calls),

  'TLK-C01': entry('wrong address', 'Tracker calls an address that this server does not have', must, calls),
  'TLK-C10': entry('token missing', 'Tracker presents no token', must, calls),
  'TLK-C11': entry('token in the wrong form', 'Tracker presents the token in another header or scheme', must, calls),
  'TLK-C12': entry('token refused', 'Tracker presents a token that is not known', must, calls),
  'TLK-C13': entry('caller not allowed', 'The owner of the token is not in authorization.allow', must, calls),
  'TLK-C14': entry('verifier away', 'The verifier of user tokens gives no verdict', must, calls),
  'TLK-C20': entry('source away', 'The source of cards cannot be reached', must, ['card']),
  'TLK-C21': entry('source slow', 'The source of cards gives no answer in time', must, ['card']),
  'TLK-C22': entry('source refuses us', 'The source of cards refuses the credentials of this server', must, ['card']),
  'TLK-C23': entry('source answers no JSON', 'The source of cards answers something that cannot be read', must, [
    'card',
  ]),
  'TLK-C24': entry('mapping fits no more', 'The mapping makes no card of what the source answers', must, ['card']),
  'TLK-C25': entry('source failed', 'The source of cards fails', must, ['card']),
  'TLK-C26': entry('source forbidden', 'The source of cards may not be asked at its address', must, ['card']),
  'TLK-C30': entry('object unknown', 'There is no such object', must, ['card']),
  'TLK-C31': entry('key not acceptable', 'The key is not one that this application can have', must, ['card']),
  'TLK-C32': entry('card invalid', 'The card is not what Tracker takes', must, ['card']),
  'TLK-C33': entry('object renamed', 'The object has another key now', warning, ['card']),
  'TLK-C34': entry('card stale', 'The card is the last good one: its source has not answered since', warning, ['card']),
  'TLK-C35': entry('source answers again', 'The source answers now, and the last calls got no card of it', warning, [
    'card',
  ]),
  'TLK-C40': entry('old token in use', 'Tracker still presents a token that is to be taken out', warning, calls),
  'TLK-C41': entry('stray call refused', 'A caller that is hardly Tracker is refused', warning, calls),
  'TLK-C42': entry(
    'stray address',
    'A caller that is hardly Tracker calls an address that this server does not have',
    warning,
    calls,
  ),
  'TLK-C43': entry('proxy unknown', 'Calls come through a proxy that TRUSTED_PROXIES does not name', warning, calls),

  'TLK-L01': entry('not linked', 'The issue has no link to the object here', must, ['card']),
  'TLK-L02': entry('links refused', 'Tracker asks for links to objects that do not exist', warning, ['create']),

  'TLK-R01': entry('certificate expired', 'The certificate of the public address has expired', must, all),
  'TLK-R02': entry(
    'certificate wrong',
    'The certificate of the public address is not trusted, or for another name',
    must,
    all,
  ),
  'TLK-R03': entry('public address away', 'Nothing answers at the public address', must, all),
  'TLK-R04': entry('other server', 'Another program answers at the public address', must, all),
  'TLK-R10': entry('not registered', 'Tracker does not know the application', must, all),
  'TLK-R11': entry('tracker refuses us', 'Tracker refuses the token of the organization', must, ['agree']),
  'TLK-R12': entry('certificate ends soon', 'The certificate of the public address ends soon', warning, all),
  'TLK-R13': entry('tracker away', 'Tracker gives no answer', warning, ['agree']),

  'TLK-A01': entry('not mirrored', 'The link is here, and not in Tracker', must, ['agree']),
  'TLK-A02': entry('mirror stopped', 'The mirror has stopped', must, ['agree']),
  'TLK-A03': entry('mirror behind', 'The mirror is behind', must, ['agree']),
  'TLK-A10': entry('moved', 'The issue has another key now', warning, ['card', 'agree']),
  'TLK-A11': entry('both sides differ', 'The last reconciliation found differences that nobody has repaired', warning, [
    'agree',
  ]),
  'TLK-A12': entry('reconciliation failed', 'The last reconciliation failed, or is overdue', warning, ['agree']),
} as const satisfies Record<string, Entry>

export type FindingCode = keyof typeof findings
