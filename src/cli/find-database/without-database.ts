import type { Search } from './search.ts'

/**
 * The refusal of a command that found no database: what is not there, why it was looked for there, what was read, and what to do.
 * `clue`: a sentence about a database that may be meant.
 */
export function withoutDatabase(found: string, search: Search, clue?: string): string {
  const { source, directory, environment } = search
  const configuration = source ?? `there is no tracker-links.yaml in ${directory}, and --config names none`
  const variables = ['of the environment', ...environment.files].join(', ')
  return [
    found,
    `  Why there: ${reasonOf(search)}.`,
    `  Configuration: ${configuration}. Variables: ${variables}.`,
    ...(clue === undefined ? [] : [`  ${clue}`]),
    `  What to do: change to the folder in which the server is started, or name what it has: its configuration with --config, its`,
    `  variables (DATA_DIR, DATABASE_URL) with --env-file or in the environment. If there is no server yet: tracker-links serve.`,
  ].join('\n')
}

/** Which setting chose the place, and where that comes from. */
function reasonOf({ settings, environment: { env, fileOf } }: Search): string {
  const name = settings.databaseUrl === undefined ? 'DATA_DIR' : env.DATABASE_URL ? 'DATABASE_URL' : 'DATABASE_URL_FILE'
  if (!env[name]) return 'DATABASE_URL is not set, DATA_DIR is not set, and its default is ./data'
  const from = `${name} is set in ${fileOf.get(name) ?? 'the environment'}`
  return name === 'DATA_DIR' ? `DATABASE_URL is not set, and ${from}` : from
}
