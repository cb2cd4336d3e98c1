import { tellOpenFiles } from '../config/environment/open-env-files.ts'
import { adminPortNotices } from '../config/open-admin-port.ts'
import type { Config } from '../config/schema.ts'
import { isSentInClear } from '../config/sent-in-clear.ts'
import { lookAtSource } from '../linked-objects/sources/look-at-source.ts'
import type { SourceLook } from '../linked-objects/sources/upstream.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import { authorizationNotices } from '../tracker-calls/authorization/notices.ts'
import { type CliCommand, CommandRefusal, print } from './command.ts'
import { configOption, readProgram } from './open-program.ts'
import { refuseOpenSample } from './serve/refuse-open-sample.ts'
import { visible } from './terminal-text.ts'

export const configCheck: CliCommand = {
  name: 'config check',
  summary: 'check the configuration file and tell every fault at once',
  options: [configOption],
  details: `
Queries of sql sources are planned by their database (EXPLAIN; they are not run), and a table that is read as a whole for each key is
told. Modules are loaded, and their functions not called; a variable that a module reads and is not given is told. A database that cannot be asked, such as on another machine, is a warning: the rest is checked all the same.

The exit code is 2 if there is a fault; warnings do not change it.`,
  examples: ['config check', 'config check --config tracker-links.yaml --json'],
  run: async (input, context) => {
    const program = readProgram(input, context, { toServe: true })
    refuseOpenSample(program)
    const { config, source, environment, settings } = program
    const looks = await Promise.all(config.applications.map(lookAtSource))
    refuseFaults(looks)
    const warnings = [
      ...tellOpenFiles(environment),
      ...adminPortNotices(settings),
      ...warningsOf(config),
      ...looks.flatMap(look => look.warnings),
    ]
    const applications = config.applications.map(({ id, endpoints }) => ({ id, endpoints }))
    const text = [
      `${source ?? 'No configuration file was found; the built-in sample'} is right: ${applications.map(({ id }) => id).join(', ')}`,
      ...warnings.map(warning => `WARNING: ${visible(warning)}`),
    ].join('\n')
    print(input, context, text, { source, publicUrl: config.publicUrl, applications, warnings })
    return 0
  },
}

const warningsOf = ({ applications, organizations }: Config): string[] => [
  ...buildAddressBook(applications).notices,
  ...authorizationNotices(applications),
  ...organizations
    .filter(({ url }) => isSentInClear(url))
    .map(({ name }) => `the token of organization ${name} can be read on the way: its url has no https`),
]

/** Throws CommandRefusal that names every source that can make no card. */
function refuseFaults(looks: readonly SourceLook[]): void {
  const faults = looks.flatMap((look, index) =>
    look.faults.map(({ field, rule, hint }) => ({
      field: `applications[${index}].objects.${field}`,
      rule: visible(rule),
      hint,
    })),
  )
  if (faults.length > 0) throw new CommandRefusal('A source of the configuration can make no card:', faults)
}
