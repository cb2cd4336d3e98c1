import { exampleSystems } from '../../config/starter/example.ts'
import type { Fault } from '../../errors/problem.ts'
import { type CliContext, type CommandInput, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'
import { answerMapping } from './answer-mapping.ts'
import { type Draft, kinds } from './kind.ts'
import { ownDraft, ownQuestions } from './own-objects.ts'
import { privateHostsOf } from './private-address.ts'
import type { Prompt } from './prompt.ts'
import { type Answers, answerAll, camelCase, type Question } from './questions.ts'
import { systemDraft, systemQuestions } from './system.ts'

export type Wish = { kind: string; answers: Answers; draft: Draft }

/** Options that say nothing about the application. */
const generalOptions = ['config', 'dryRun', 'tokenVariable']

/**
 * Learns all that the first files need, from options, the environment and, if there is a person, by questions. Throws CommandRefusal with
 * every fault if something is missing or wrong.
 */
export async function learnDraft(
  input: CommandInput,
  { env }: CliContext,
  { prompt, publicUrl }: { prompt: Prompt | undefined; publicUrl: string },
): Promise<Wish> {
  const kind = await learnKind(input.arguments[0], prompt)
  const tokenVariable = String(input.options.tokenVariable)
  const questionsFor = (answers: Answers): Question[] =>
    exampleSystems.includes(kind) ? systemQuestions(kind, answers, publicUrl) : ownQuestions(kind, answers, publicUrl)
  const { answers, faults, asked } = await answerAll(questionsFor, { options: input.options, env, prompt })
  const isMapped = kind === 'http' || kind === 'sql'
  const known = [...generalOptions, ...asked.map(camelCase), ...(isMapped ? ['summary', 'status', 'updated'] : [])]
  const all = [
    ...faults,
    ...variableFaults(tokenVariable, env),
    ...Object.keys(input.options)
      .filter(option => !known.includes(option))
      .map(option => foreignOption(option, kind)),
  ]
  const privateHosts = all.length === 0 && answers.url ? await privateHostsOf(answers.url) : []
  const more = { tokenVariable, privateHosts }
  if (!isMapped) {
    refuse(all)
    const draft = exampleSystems.includes(kind) ? systemDraft(kind, answers, more) : ownDraft(kind, answers, more)
    return { kind, answers, draft }
  }
  const mapped = await answerMapping(answers, {
    options: input.options,
    env,
    prompt,
    draft: () => (all.length === 0 ? ownDraft(kind, answers, more) : undefined),
  })
  refuse([...all, ...mapped.faults])
  return { kind, answers, draft: ownDraft(kind, { ...answers, ...mapped.answers }, more) }
}

async function learnKind(given: string | undefined, prompt: Prompt | undefined): Promise<string> {
  const question: Question = { option: 'kind', what: 'source of the objects', choices: kinds }
  if (given === undefined && prompt)
    prompt.say(
      'Where do the objects come from? A system that is known here; http, any API; sql, a PostgreSQL; store, pushed by the application.',
    )
  const { answers, faults } = await answerAll(() => [question], { options: { kind: given }, env: {}, prompt })
  if (answers.kind !== undefined) return answers.kind
  const [fault] = faults
  throw new CommandRefusal(
    given === undefined
      ? `Say where the objects come from: tracker-links init ${kinds.join('|')}. \`tracker-links init --help\` tells the options; at a terminal it asks.`
      : `There is no ${visible(given)} here. ${fault?.hint ?? ''} For any other API: http.`,
  )
}

function variableFaults(name: string, env: NodeJS.ProcessEnv): Fault[] {
  const field = '--token-variable'
  if (!/^[A-Za-z_]\w*$/.test(name))
    return [{ field, rule: 'This is no name of a variable', hint: 'Write one such as CRM_TOKEN.' }]
  if (env[name] === undefined && !env[`${name}_FILE`]) return []
  const rule = `${name} is set in this environment, which takes precedence over .env`
  return [{ field, rule, hint: `Unset ${name}, or name another variable for the token that Tracker presents.` }]
}

const foreignOption = (option: string, kind: string): Fault => ({
  field: `--${option.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
  rule: `It means nothing for ${kind}`,
  hint: 'Leave it out.',
})

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new CommandRefusal('Nothing was written.', faults)
}
