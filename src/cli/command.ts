import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { Command, Option } from 'commander'
import type { Fault } from '../errors/problem.ts'
import { withCalledName } from './called-as.ts'
import { visible } from './terminal-text.ts'

/** What a command may touch of the world around the process; tests give their own. */
export type CliContext = {
  /** What a person types here to start the program; texts say `tracker-links`, and `withCalledName` puts this in. */
  calledAs: string
  env: NodeJS.ProcessEnv
  directory: string
  stdin: Readable
  stdout: Writable
  stderr: Writable
  isTerminal: boolean
  /** Ends the process soon after the command has ended, whatever is still under way; a test lets it end by itself. */
  leave?: () => void
}

export type CommandInput = {
  arguments: string[]
  options: Record<string, string | boolean | undefined>
  /** The values of each repeatable option that is given. */
  lists: Record<string, string[]>
  json: boolean
}

/** An option; the values of one that is repeatable are in `lists`. */
export type CliOption = {
  flags: string
  summary: string
  default?: string
  choices?: readonly string[]
  isRepeatable?: boolean
}

/**
 * One command of the table. `run` returns the exit code: 0 done, 1 failed, 2 the input was refused (wholly or in part).
 * Flags are written as commander takes them: `--issue <key>`.
 */
export type CliCommand = {
  /** Words as they are typed: `links list`. */
  name: string
  summary: string
  /** Positional arguments: `<file>` is needed, `[file]` is not. */
  arguments?: readonly { name: string; summary: string }[]
  options?: readonly CliOption[]
  /** What else a user must know, in paragraphs; for the help and for docs/cli.md. */
  details?: string
  /** Example command lines, without the program's name; a test runs the parser on each. */
  examples?: readonly string[]
  run: (input: CommandInput, context: CliContext) => Promise<number>
}

/** A refusal that a command tells its user in words; `faults` name field, rule and hint. Exit code 2. */
export class CommandRefusal extends Error {
  readonly faults: readonly Fault[]
  constructor(message: string, faults: readonly Fault[] = []) {
    super(message)
    this.faults = faults
  }
}

/** A failure that a command tells its user in words. Exit code 1. */
export class CommandFailure extends Error {}

/** Prints a result: the text for a person, or the value as one JSON document with `--json`. */
export function print(input: CommandInput, context: CliContext, text: string, value: unknown): void {
  context.stdout.write(`${input.json ? visible(JSON.stringify(value)) : text}\n`)
}

/** A whole number of an option. Throws CommandRefusal. */
export function wholeNumberOption(
  input: CommandInput,
  name: string,
  { least, most }: { least: number; most: number },
): number {
  const text = String(input.options[name])
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new CommandRefusal(`--${name} takes a whole number from ${least} to ${most}; this is ${text}.`)
}

/** The version of the program. */
export const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The parser for a table of commands, made by commander; `finish` gets the exit code of the command that ran. */
export function buildParser(
  table: readonly CliCommand[],
  context: CliContext,
  finish: (code: number) => void,
): Command {
  const program = new Command(context.calledAs)
    .version(version, '--version', 'print the version')
    .description("Answers Yandex Tracker's calls for external applications, and keeps their links.")
    .showHelpAfterError('Run `tracker-links help` for all commands.')
    .configureOutput({
      writeOut: text => context.stdout.write(withCalledName(text, context.calledAs)),
      writeErr: text => context.stderr.write(withCalledName(text, context.calledAs)),
    })
    // An option behind `registration triggers` is not one of `registration`.
    .enablePositionalOptions()
    .exitOverride()
  for (const spec of table) addCommand(program, spec, context, finish)
  return program
}

function addCommand(program: Command, spec: CliCommand, context: CliContext, finish: (code: number) => void): void {
  const words = spec.name.split(' ')
  const parent = words.slice(0, -1).reduce((outer, word) => group(outer, word), program)
  const command = parent
    .command(words.at(-1) as string)
    .description(spec.summary)
    .exitOverride()
  for (const argument of spec.arguments ?? []) command.argument(argument.name, argument.summary)
  for (const { flags, summary, ...more } of spec.options ?? []) {
    const option = new Option(flags, summary)
    if (more.default !== undefined) option.default(more.default)
    if (more.choices) option.choices(more.choices)
    if (more.isRepeatable) option.argParser((value: string, former?: string[]) => [...(former ?? []), value])
    command.addOption(option)
  }
  command.option('--json', 'print JSON instead of text')
  if (spec.details) command.addHelpText('after', `\n${spec.details.trim()}`)
  if (spec.examples)
    command.addHelpText(
      'after',
      `\nExamples:\n${spec.examples.map(line => `  ${context.calledAs} ${line}`).join('\n')}`,
    )
  command.action(async () => {
    const { json, ...given } = command.opts()
    const { list: lists = [], one: options = [] } = Object.groupBy(Object.entries(given), ([, value]) =>
      Array.isArray(value) ? 'list' : 'one',
    )
    const input = { options: Object.fromEntries(options), lists: Object.fromEntries(lists), json: json === true }
    const code = await spec.run({ arguments: command.args, ...input }, context)
    finish(code)
  })
}

/** The command that groups others under one word (`links` of `links list`). */
function group(outer: Command, word: string): Command {
  return (
    outer.commands.find(command => command.name() === word) ??
    outer.command(word).description(`Commands about ${word}`).exitOverride()
  )
}
