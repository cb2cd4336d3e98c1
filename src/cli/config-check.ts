import { tellOpenFiles } from '../config/open-env-files.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import { openToAnybody } from '../tracker-calls/authorization/open-to-anybody.ts'
import { type CliCommand, print } from './command.ts'
import { configOption, readProgram } from './open-program.ts'
import { refuseOpenSample } from './refuse-open-sample.ts'

export const configCheck: CliCommand = {
  name: 'config check',
  summary: 'check the configuration file and tell every fault at once',
  options: [configOption],
  examples: ['config check', 'config check --config tracker-links.yaml --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    refuseOpenSample(program)
    const { config, source, environment } = program
    const warnings = [
      ...tellOpenFiles(environment),
      ...buildAddressBook(config.applications).notices,
      ...openToAnybody(config.applications),
      ...config.organizations
        .filter(({ url }) => /^http:\/\/(?!127\.|localhost[:/]|\[::1\])/.test(`${url}/`))
        .map(({ name }) => `the token of organization ${name} can be read on the way: its url has no https`),
    ]
    const applications = config.applications.map(({ id, endpoints }) => ({ id, endpoints }))
    const text = [
      `${source ?? 'No configuration file was found; the built-in sample'} is right: ${applications.map(({ id }) => id).join(', ')}`,
      ...warnings.map(warning => `WARNING: ${warning}`),
    ].join('\n')
    print(input, context, text, { source, publicUrl: config.publicUrl, applications, warnings })
    return 0
  },
}
