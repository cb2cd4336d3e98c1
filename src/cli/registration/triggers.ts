import type { SheetLanguage } from '../../registration/sheet-words.ts'
import {
  formatTrigger,
  type TriggerEvent,
  triggerEvents,
  triggerSettings,
} from '../../registration/trigger-settings.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { configOption, readProgram } from '../open-program.ts'
import { namedApplication } from '../registration.ts'
import { shown } from '../terminal-text.ts'

export const registrationTriggers: CliCommand = {
  name: 'registration triggers',
  summary: "print the settings of a queue's trigger, by which Tracker tells that an issue was moved",
  arguments: [
    { name: '<application>', summary: 'its id' },
    { name: '<queue>', summary: 'key of the queue' },
  ],
  options: [
    configOption,
    { flags: '--event <event>', summary: 'what is told', default: 'moved', choices: triggerEvents },
    { flags: '--language <language>', summary: 'language of the settings', default: 'en', choices: ['en', 'ru'] },
    { flags: '--with-token', summary: 'print the token of the triggers' },
  ],
  details: `
The application needs \`triggers: { token: … }\` in the configuration. With --json the settings are the body of the request by which
Tracker's API makes a trigger: POST /v3/queues/QUEUE/triggers.`,
  examples: ['registration triggers ru.example.crm TEST --with-token', 'registration triggers crm TEST --language ru'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const application = namedApplication(input, program)
    const queue = queueOf(input.arguments[1] as string)
    const { triggers } = application
    if (triggers === undefined)
      throw new CommandRefusal(
        `${application.id} takes no triggers: set \`triggers: { token: … }\` for it, with a token made by \`tracker-links token new\`.`,
      )
    const [event, language] = [input.options.event as TriggerEvent, input.options.language as SheetLanguage]
    const token = input.options.withToken === true ? { token: triggers.token } : {}
    const settings = triggerSettings(program.config, application, { event, language, ...token })
    print(input, context, formatTrigger(settings, queue, event, language), {
      request: { method: 'POST', path: `/v3/queues/${queue}/triggers` },
      body: settings,
      tokenLeftOut: token.token === undefined,
    })
    if (program.config.organizations.length === 0)
      context.stderr.write(
        'WARNING: without an organization in the configuration nobody can be asked for the former keys of an issue, and no variable of Tracker has them: see docs/moved-issues.md.\n',
      )
    if (token.token !== undefined) context.stderr.write('It holds a secret: keep no copy of it.\n')
    return 0
  },
}

/** The key of a queue, in capitals: Tracker tells them apart. Throws CommandRefusal. */
function queueOf(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]{0,31}$/.test(text)) return text.toUpperCase()
  throw new CommandRefusal(`"${shown(text, 60)}" is no key of a queue: write Latin letters, such as TEST.`)
}
