import { closed, text } from './schema-parts.ts'

/** How an object becomes a card: the mapping of an answer, state rules, people. */

const expression = (description: string, example: string) =>
  text(`JSONata expression: ${description}`, { examples: [example] })

/** The ready-made mappings, see linked-objects/mappings/. */
export const readyMadeMappings = [
  'gitlab-merge-request',
  'gitlab-issue',
  'github-pull-request',
  'github-issue',
  'jira-issue',
  'redmine-issue',
  'sentry-issue',
] as const

/** The built-in icons, each served as `/PATH/icons/NAME.svg`. */
export const iconNames = ['open', 'in-progress', 'review', 'done', 'cancelled', 'blocked', 'unknown'] as const

export const mapping = {
  ...closed,
  description:
    "How the source's answer becomes a card: one JSONata expression (https://docs.jsonata.org) for each field; `$key` in them is the key.",
  properties: {
    use: {
      enum: readyMadeMappings,
      description: 'A ready-made mapping with its state rules; fields that are set beside it take precedence.',
    },
    found: expression('false if the answer means that the object does not exist.', '$exists(issues[0])'),
    summary: expression('name of the object.', 'title'),
    iconUrl: expression('address of an icon of its own.', 'project.avatar_url'),
    status: expression('its status, as named in `states`.', 'state'),
    statusDescription: expression('more about the status.', 'detailed_merge_status'),
    resolution: expression('how it ended.', 'resolution.name'),
    resolutionDescription: expression('more about the resolution.', 'resolution.description'),
    assignee: expression('login of its assignee, as listed in `people`.', 'assignee.username'),
    updated: expression('when it was last changed: a timestamp with an offset from UTC.', 'updated_at'),
    deadline: expression('when it is due: a timestamp or a date.', 'due_date'),
  },
} as const

const stateRule = {
  ...closed,
  description: 'What the card shows for a status of the application.',
  properties: {
    name: text('Name of the status on the card. Default: its name in the application', { examples: ['In review'] }),
    description: text('More about the status.', { examples: ['Waits for approval'] }),
    resolution: text('Name of the resolution on the card.', { examples: ['Merged'] }),
    icon: { enum: iconNames, description: 'A built-in icon.' },
  },
} as const

export const states = {
  type: 'object',
  description:
    'State rules, one for each status of the application; `*` is for every other status. The icon of a rule is shown if the object has none of its own.',
  patternProperties: { '\\S': stateRule },
  additionalProperties: false,
  patternErrorMessage: 'A status is a text that is not blank.',
  hint: 'Write the name of a status in the application, and below it `name`, `icon` or other keys of a state rule.',
} as const

const uid = (description: string) =>
  ({
    type: 'string',
    description,
    pattern: '^[0-9]{1,19}$',
    patternErrorMessage: 'A uid is text of 1 to 19 digits.',
    examples: ['1130000000000001'],
  }) as const

const person = {
  ...closed,
  description: 'A person in Tracker.',
  minProperties: 1,
  properties: {
    login: text('Login in Tracker.', { examples: ['user1'] }),
    trackerUid: uid('Uid in Tracker, as text (in quotes).'),
    passportUid: uid('Uid in Yandex ID, as text (in quotes).'),
  },
} as const

export const people = {
  ...closed,
  description:
    'Who the people of the application are in Tracker. Anybody who is not listed here is not shown as assignee.',
  minProperties: 1,
  properties: {
    table: {
      type: 'object',
      description: 'One entry for each login in the application.',
      patternProperties: { '\\S': person },
      additionalProperties: false,
      patternErrorMessage: 'A login is a text that is not blank.',
      hint: 'Write a login of the application, and below it `login`, `trackerUid` or `passportUid`.',
    },
    file: text(
      'A CSV file with the columns `applicationLogin`, `login`, `trackerUid`, `passportUid`, relative to the folder of this file. `table` takes precedence.',
      { examples: ['people.csv'] },
    ),
    asIs: {
      type: 'boolean',
      description: 'Whether a login that is not listed is the same in Tracker.',
      default: false,
    },
  },
} as const
