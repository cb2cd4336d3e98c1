import type { Application, Config } from '../config/schema.ts'
import type { Fault } from '../errors/problem.ts'
import { buildSheet } from '../registration/build-sheet.ts'
import { formatMarkdown, formatText } from '../registration/format-sheet.ts'
import { lintRegistration } from '../registration/lint-registration.ts'
import { type SheetLanguage, sheetWords } from '../registration/sheet-words.ts'
import { buildAddressBook } from '../tracker-calls/addresses/address-book.ts'
import { withCalledName } from './called-as.ts'
import { type CliCommand, type CliContext, type CommandInput, CommandRefusal, print } from './command.ts'
import { configOption, type Program, readProgram } from './open-program.ts'

export const registration: CliCommand = {
  name: 'registration',
  summary: "check an application, and print the sheet that Tracker's team needs to register it",
  arguments: [{ name: '[application]', summary: 'its id (may be left out if only one is configured)' }],
  options: [
    configOption,
    { flags: '--format <form>', summary: 'form of the sheet', default: 'text', choices: ['text', 'markdown', 'json'] },
    { flags: '--language <language>', summary: 'language of the sheet', default: 'en', choices: ['en', 'ru'] },
    { flags: '--with-token', summary: 'print the token, the first of the list, on the sheet' },
    { flags: '--older-form', summary: 'with canLinkFromFront, which only the documents before 2025 have' },
    { flags: '--offline', summary: 'do not ask whether the icon can be reached' },
  ],
  examples: ['registration', 'registration ru.example.crm --with-token --format markdown --language ru'],
  run: printSheet,
}

async function printSheet(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const application = namedApplication(input, program)
  const { format, language, withToken = false, olderForm = false, offline = false } = input.options
  if (withToken && application.authorization.kind !== 'token')
    throw new CommandRefusal(`${application.id} has no fixed token: leave --with-token out.`)

  const warnings = await lint(program.config, application, offline === true, context)
  const sheet = buildSheet(program.config, application, {
    withToken: withToken === true,
    olderForm: olderForm === true,
  })
  const words = sheetWords[language as SheetLanguage]
  const text = format === 'markdown' ? formatMarkdown(sheet, words) : formatText(sheet, words)
  const { registration, tokenLeftOut, filled } = sheet
  print({ ...input, json: input.json || format === 'json' }, context, text, {
    registration,
    tokenLeftOut,
    filled,
    warnings,
  })
  context.stderr.write(`${nextSteps(sheet.registration.oauthToken !== undefined)}\n`)
  return 0
}

/** Writes the warnings to standard error, and returns them. Throws CommandRefusal with the errors, if any. */
async function lint(
  config: Config,
  application: Application,
  offline: boolean,
  { stderr, calledAs }: CliContext,
): Promise<Fault[]> {
  const { book, notices } = buildAddressBook(config.applications)
  const findings = await lintRegistration(config, application, { find: book.find, notices, offline })
  const warnings = findings
    .filter(({ level }) => level === 'warning')
    .map(({ field, rule, hint }) => ({ field, rule, hint }))
  const errors = findings.filter(({ level }) => level === 'error')
  for (const { field, rule, hint } of warnings)
    stderr.write(`WARNING  ${field}: ${rule}. ${withCalledName(hint, calledAs)}\n`)
  if (errors.length > 0)
    throw new CommandRefusal(
      `${application.id} cannot be registered as it is configured; no sheet was printed.`,
      errors,
    )
  return warnings
}

/** The application that the argument names, or the only one. Throws CommandRefusal. */
export function namedApplication({ arguments: [wanted] }: CommandInput, { config, source }: Program): Application {
  if (source === undefined)
    throw new CommandRefusal(
      'No configuration file was found. The built-in sample is not an application to register: `tracker-links init` writes a first file.',
    )
  const { applications } = config
  const found =
    wanted === undefined && applications.length === 1 ? applications[0] : applications.find(({ id }) => id === wanted)
  if (found) return found
  const ids = applications.map(({ id }) => id).join(', ')
  throw new CommandRefusal(
    wanted === undefined
      ? `Say which application: ${ids}.`
      : `There is no application ${wanted}; the configuration has ${ids}.`,
  )
}

function nextSteps(holdsToken: boolean): string {
  return [
    "Send the sheet to the Tracker team through the feedback form of Tracker's support; docs/registration.md says what comes next.",
    ...(holdsToken ? ['It holds a secret: keep no copy of it.'] : []),
  ].join('\n')
}
