import type { DatabasePlace, Reason } from '../connection/database-reason.ts'
import { quoteIdentifier } from '../connection/quote-identifier.ts'
import type { Lacking, Look } from './look-at-database.ts'

/** Milliseconds; more makes moments of history, of cards and of tokens wrong by what people notice. */
const largestSkew = 2_000

/** Why a database that answers cannot be used; undefined if nothing is in the way. */
export function reasonOfLook(look: Look, place: DatabasePlace): Reason | undefined {
  const { user, database, schema, lacking } = look
  if (look.isStandby)
    return {
      code: 'database-read-only',
      message: `${place.description} is a standby in recovery: it takes no changes.`,
      hint: 'Point DATABASE_URL at the primary, or promote this one (pg_promote) if the primary is lost.',
    }
  if (look.isReadOnly)
    return {
      code: 'database-read-only',
      message: `${place.description} takes no changes: default_transaction_read_only is on.`,
      hint: `Once it may be written again: ALTER DATABASE ${quoteIdentifier(database)} RESET default_transaction_read_only; and likewise for the role (ALTER ROLE ${quoteIdentifier(user)} …) or the server (ALTER SYSTEM …), wherever it was set.`,
    }
  if (look.movedTo !== undefined)
    return {
      code: 'database-moved',
      message: `${place.description} was moved to ${look.movedTo}, and takes no more changes.`,
      hint: 'Set DATABASE_URL to that database, and start the server anew.',
    }
  if (schema === undefined)
    return {
      code: 'rights-missing',
      message: `${place.description} lets the role ${quoteIdentifier(user)} use no schema.`,
      hint: `As an administrator run: GRANT USAGE ON SCHEMA "public" TO ${quoteIdentifier(user)};`,
    }
  return tellLacking(
    look,
    place,
    lacking.filter(({ needed }) => needed),
  )
}

/** What does not keep a database from being used. */
export function warningsOfLook(look: Look, place: DatabasePlace): Reason[] {
  const less = tellLacking(
    look,
    place,
    look.lacking.filter(({ needed }) => !needed),
  )
  return [clockSkew(look, place), less, look.isMigrating ? migrationRunning(place) : undefined].filter(
    warning => warning !== undefined,
  )
}

export const migrationRunning = ({ description }: DatabasePlace): Reason => ({
  code: 'migration-running',
  message: `Another process migrates ${description}.`,
  hint: 'Wait until it is done. If it takes long, see its log, and pg_stat_activity for what it waits for.',
})

function clockSkew({ clockAhead }: Look, { description }: DatabasePlace): Reason | undefined {
  if (Math.abs(clockAhead) < largestSkew) return undefined
  const seconds = (Math.abs(clockAhead) / 1_000).toFixed(1)
  return {
    code: 'clock-skew',
    message: `The clock of ${description} is ${seconds} s ${clockAhead > 0 ? 'ahead of' : 'behind'} that of this machine.`,
    hint: 'Let both set their clocks by NTP (chrony, systemd-timesyncd). Until then moments in the history, in cards and of API keys are wrong by that much.',
  }
}

function tellLacking(
  { user, schema = 'public' }: Look,
  { description }: DatabasePlace,
  lacking: readonly Lacking[],
): Reason | undefined {
  if (lacking.length === 0) return undefined
  const [role, home] = [user, schema].map(quoteIdentifier)
  const byName = Map.groupBy(lacking, ({ name }) => name)
  const missing = [...byName].map(([name, rights]) => ({
    object: `${name.endsWith('_seq') ? 'SEQUENCE ' : ''}${home}.${quoteIdentifier(name)}`,
    rights: rights.map(({ privilege }) => privilege.split(',')[0]).join(', '),
  }))
  const told = missing.map(({ object, rights }) => `${rights} on ${object}`).join('; ')
  const sql = missing.map(({ object, rights }) => `GRANT ${rights} ON ${object} TO ${role};`).join(' ')
  return {
    code: 'rights-missing',
    message: `${description} denies the role ${role} ${told}.`,
    hint: `As the owner of the tables or an administrator run: ${sql}`,
  }
}
