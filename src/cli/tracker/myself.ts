import type { Organization } from '../../config/schema.ts'
import type { User } from '../../tracker-client/users.ts'
import { type CliCommand, print } from '../command.ts'
import { readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { chosenOrganization, trackerOptions, withTracker } from './open-tracker.ts'

export const trackerMyself: CliCommand = {
  name: 'tracker myself',
  summary: "show who owns the configured token, and whether it opens the organization's Tracker",
  options: trackerOptions,
  details: 'The exit code is 1 if Tracker refuses the token or the organization; its words say which.',
  examples: ['tracker myself', 'tracker myself --organization main --json'],
  run: async (input, context) => {
    const organization = chosenOrganization(input, readProgram(input, context))
    const user = await withTracker(organization, tracker => tracker.users.myself())
    const { name, kind, id } = organization
    print(input, context, inWords(user, organization), { organization: { name, kind, id }, user })
    return 0
  },
}

function inWords(user: User, { name, kind, id }: Organization): string {
  const known = [user.display, user.email, `uid ${user.uid}`].filter(text => text !== undefined)
  const who = user.login === undefined ? known.join(', ') : `${user.login} (${known.join(', ')})`
  return [
    `The token belongs to ${visible(who)}, in organization ${name} (${kind} ${id}).`,
    ...(user.hasLicense === false
      ? ['This user does not have full access to Tracker: it may read, but not change anything.']
      : []),
    ...(user.dismissed === true ? ['This user is marked as having left the organization.'] : []),
  ].join('\n')
}
