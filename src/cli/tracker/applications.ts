import { type CliCommand, print } from '../command.ts'
import { readProgram } from '../open-program.ts'
import { formatTable, visible } from '../terminal-text.ts'
import { chosenOrganization, trackerOptions, withTracker } from './open-tracker.ts'

export const trackerApplications: CliCommand = {
  name: 'tracker applications',
  summary: 'list the applications that Tracker knows, and say whether the configured ones are among them',
  options: trackerOptions,
  details: `
Shows whether a registration is complete. The exit code is 1 if a configured application is not registered in the
organization.`,
  examples: ['tracker applications', 'tracker applications --organization main --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const organization = chosenOrganization(input, program)
    const registered = await withTracker(organization, tracker => tracker.applications.list())

    const configured = program.config.applications
    const applications = registered.map(({ id, type, name }) => {
      // One example in the documents has a number as `id`, and the registered id as `type`.
      const own = configured.find(application => application.id === id || application.id === type)
      return { id, type, name, configuredAs: own?.id }
    })
    const notRegistered = configured
      .filter(({ id }) => !applications.some(({ configuredAs }) => configuredAs === id))
      .map(({ id }) => id)

    const rows = applications.map(({ id, name, configuredAs }) => [id, name ?? '', configuredAs ? 'yes' : 'no'])
    const text = [
      rows.length > 0
        ? formatTable(['ID', 'NAME', 'CONFIGURED HERE'], rows)
        : `Organization ${organization.name} has no external applications.`,
      ...notRegistered.map(
        id =>
          `${id} is not registered in organization ${organization.name}. Its registration is not complete yet, or was made with another id or for another organization.`,
      ),
    ].join('\n')
    print(input, context, text, { organization: organization.name, applications, notRegistered })
    for (const { id, name } of configured) {
      const other = applications.find(({ configuredAs }) => configuredAs === id)?.name
      if (other !== undefined && other !== name)
        context.stderr.write(`${id} is registered under the name ${visible(other)}; the configuration says ${name}.\n`)
    }
    return notRegistered.length > 0 ? 1 : 0
  },
}
