import { readSettings, type Settings } from '../../config/settings.ts'
import { type DotenvEntry, dotenvText } from '../../config/starter/dotenv-text.ts'
import { wholeFile } from '../../config/starter/starter-text.ts'
import { previewObject } from '../../linked-objects/sources/preview-object.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { shellWord } from '../../values/shell-word.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from '../command.ts'
import { formatOutcome } from '../objects/format-preview.ts'
import { visible } from '../terminal-text.ts'
import { newToken } from '../token-new.ts'
import { learnDraft } from './draft.ts'
import { type Draft, kinds } from './kind.ts'
import { addressHere, nextSteps } from './next-steps.ts'
import { type Place, placeOf, refuseTakenPlace } from './place.ts'
import { previewed } from './previewed.ts'
import { canAsk, openPrompt } from './prompt.ts'
import { writeNewFiles } from './write-files.ts'

export const init: CliCommand = {
  name: 'init',
  summary: 'write the first tracker-links.yaml and .env of an application, and show the card of one object',
  arguments: [{ name: '[kind]', summary: `where the objects come from: ${kinds.join(', ')}` }],
  options: [
    {
      flags: '--objects <objects>',
      summary: 'which objects, where a system has several: merge-request, pull-request, issue',
    },
    { flags: '--url <address>', summary: 'address of the system; for http, of one object, with {{remoteKey}}' },
    { flags: '--organization <name>', summary: 'organization in Sentry' },
    { flags: '--email <address>', summary: 'account of the API token of Jira Cloud' },
    {
      flags: '--token-file <file>',
      summary: 'file with the token for the system or the API (or set its variable, such as GITLAB_TOKEN)',
    },
    { flags: '--header <name>', summary: 'header that carries the token of http (default: Authorization)' },
    { flags: '--database-url-file <file>', summary: 'file with the address of the database of sql' },
    { flags: '--query <query>', summary: 'query of sql, with $1 for the key' },
    {
      flags: '--summary <expression>',
      summary: 'name of an object of http or sql, in JSONata (default: proposed from --key)',
    },
    { flags: '--status <expression>', summary: 'its status (default: proposed)' },
    { flags: '--updated <expression>', summary: 'its last change (default: proposed)' },
    { flags: '--name <name>', summary: 'name that Tracker shows' },
    { flags: '--path <path>', summary: 'first segment of the addresses' },
    { flags: '--id <id>', summary: 'id of the application in Tracker (default: the path)' },
    {
      flags: '--front-url <template>',
      summary: 'page of an object, with {{remoteKey}} (known for systems with an example)',
    },
    { flags: '--responsible <address>', summary: 'who answers for the application' },
    {
      flags: '--public-url <address>',
      summary: 'where Tracker reaches this server (default: this machine, for a trial)',
    },
    { flags: '--key <key>', summary: 'an object to look at: its key, or the address of its page' },
    {
      flags: '--token-variable <name>',
      summary: 'variable of the token that Tracker presents',
      default: 'TRACKER_TOKEN',
    },
    { flags: '--config <file>', summary: 'file to write (default: tracker-links.yaml); .env is written beside it' },
    { flags: '--dry-run', summary: 'print what would be written, without secrets; write nothing' },
  ],
  details: `
At a terminal it asks for what no option says; elsewhere everything that is missing is told at once (exit code 2). No option holds
a secret: secrets come from a prompt without echo, from a file, or from the environment, and go to .env, which only its owner may
read (mode 0600). The token that Tracker will present is made anew and is nowhere but in .env.

Both files are written, or none; a file that is there is never written over. Then one object is looked at. If no card comes of it,
the exit code is 1, the files stay, and what to correct is said.`,
  examples: [
    'init gitlab',
    'init gitlab --url https://gitlab.example.com --objects issue --responsible crm-team@example.com --token-file gitlab-token --key group/project/-/issues/1',
    'init store --name CRM --front-url https://crm.example.com/deals/{{remoteKey}} --responsible crm-team@example.com',
  ],
  run: async (input, context) => {
    const settings = readSettings(context.env)
    const place = placeOf(input, context)
    if (!input.options.dryRun) refuseTakenPlace(place)
    const { draft, typedKey } = await learn(input, context, settings)
    const checked = previewed(draft, typedKey, context.env)
    const token = { name: draft.words.tokenVariable, value: newToken(), comment: 'Tracker presents this token.' }
    const files = filesFor(draft, [token, ...draft.secrets], place, input)
    if (input.options.dryRun) return dryRun(input, context, { files, place, secrets: [token, ...draft.secrets] })
    writeNewFiles([
      { path: place.dotenvPath, text: files.dotenv, mode: 0o600 },
      { path: place.configPath, text: files.config, mode: 0o644 },
    ])
    return await tellOutcome(input, context, { ...checked, draft, place, settings })
  },
}

async function learn(input: CommandInput, context: CliContext, settings: Settings) {
  const prompt = canAsk(context) ? openPrompt(context) : undefined
  try {
    const { answers, draft } = await learnDraft(input, context, { prompt, publicUrl: addressHere(settings) })
    return { draft, typedKey: answers.key ?? '' }
  } finally {
    prompt?.close()
  }
}

/** The texts of both files. Throws CommandRefusal if a secret cannot be written. */
function filesFor(draft: Draft, secrets: readonly DotenvEntry[], { schema }: Place, input: CommandInput) {
  const config = wholeFile(draft.contents, { schema, command: `tracker-links init ${input.arguments[0] ?? ''}`.trim() })
  const head = 'Secrets of the configuration beside this file. Keep it to yourself and out of version control.'
  const dotenv = dotenvText(head, secrets)
  if (dotenv !== undefined) return { config, dotenv }
  throw new CommandRefusal(
    'A secret cannot be written to .env: it has a line break, or all three kinds of quotes. Nothing was written. Ask for another one.',
  )
}

type Printed = { files: { config: string }; place: Place; secrets: readonly DotenvEntry[] }

function dryRun(input: CommandInput, context: CliContext, { files, place, secrets }: Printed): number {
  const lines = secrets.map(({ name, comment }) => `# ${comment}\n${name}=`).join('\n')
  const text = `# ${place.configName}\n${files.config}\n# ${place.dotenvName}; secrets are left out: \`tracker-links token new\` makes one for Tracker\n${lines}`
  print(input, context, text, { config: files.config, variables: secrets.map(({ name }) => name) })
  return 0
}

type Outcome = ReturnType<typeof previewed> & { draft: Draft; place: Place; settings: Settings }

/** Looks at the object, and says what was written, what came, and what comes next. */
async function tellOutcome(input: CommandInput, context: CliContext, outcome: Outcome): Promise<number> {
  const { application, publicUrl, key, draft, place, settings } = outcome
  const { objects } = application
  const preview =
    objects.source === 'store' || key === undefined
      ? undefined
      : await previewObject(application, objects, key, { publicUrl })
  const steps = nextSteps({ application, key, tokenVariable: draft.words.tokenVariable }, place, {
    settings,
    calledAs: context.calledAs,
  })
  const names = [draft.words.tokenVariable, ...draft.secrets.map(({ name }) => name)]
  const text = [
    `Written: ${visible(place.configName)} and ${visible(place.dotenvName)}. ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} in .env, which only you may read; keep it out of version control.`,
    `${names[0]} is a new token for Tracker. It is nowhere else.`,
    '',
    ...(preview ? [...formatOutcome(preview), ''] : []),
    ...(preview && !preview.card
      ? [
          `${advice(place)}\n${context.calledAs} objects preview ${shellWord(application.id)} ${shellWord(key ?? '')}${place.configOption}`,
          '',
        ]
      : []),
    ...steps.flatMap(({ what, command }, index) => [`${index + 1}. ${what}:`, command, '']),
  ]
  print(input, context, text.join('\n').trimEnd(), {
    config: place.configName,
    env: place.dotenvName,
    application: application.id,
    variables: names,
    card: preview?.card ? objectInfoValue(preview.card) : null,
    failure: preview?.failure ?? null,
    next: steps,
  })
  return preview && !preview.card ? 1 : 0
}

const advice = ({ configName, dotenvName }: Place): string =>
  [
    `Both files stay. Correct the address in ${visible(configName)}, the token in ${visible(dotenvName)}, or the key, and look again`,
    '(a system often says that an object does not exist if the token may not see it):',
  ].join('\n')
