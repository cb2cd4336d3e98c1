import { readVariable } from '../../config/environment/fill-variables.ts'
import type { Fault } from '../../errors/problem.ts'
import type { Prompt } from './prompt.ts'

/** One thing that `init` has to know. It is taken from the option of this name, else asked for, else `standard`. */
export type Question = {
  /** Name of the option, without `--`. */
  option: string
  /** What is meant, in words that follow "The". */
  what: string
  /** More about it, and an example. */
  note?: string
  standard?: string
  choices?: readonly string[]
  /** Not asked for, and not missing. */
  isOptional?: boolean
  /** What is wrong with a text. */
  fault?: (text: string) => { rule: string; hint: string } | undefined
  /** The text is a secret: no option holds it but the name of a file; the variable of this name may. */
  secretOf?: string
}

export type Answers = Readonly<Record<string, string>>

type Sources = {
  options: Record<string, string | boolean | undefined>
  env: NodeJS.ProcessEnv
  prompt: Prompt | undefined
}

/**
 * Answers all questions, each from its option, the environment or a person; an answer may lead to further questions. Without a person,
 * every answer that is missing or wrong becomes a fault, and its question has no answer.
 */
export async function answerAll(
  questionsFor: (answers: Answers) => readonly Question[],
  sources: Sources,
): Promise<{ answers: Answers; faults: Fault[]; asked: string[] }> {
  const answers: Record<string, string> = {}
  const faults: Fault[] = []
  const asked = new Set<string>()
  for (;;) {
    const question = questionsFor(answers).find(({ option }) => !asked.has(option))
    if (!question) return { answers, faults, asked: [...asked] }
    asked.add(question.option)
    const answer = await answerOf(question, sources)
    if (typeof answer === 'string') answers[question.option] = answer
    else if (answer) faults.push(answer)
  }
}

/** The answer; a fault if there is none or it is wrong; undefined if none is needed. */
async function answerOf(question: Question, { options, env, prompt }: Sources): Promise<string | Fault | undefined> {
  const { option, secretOf } = question
  const given = secretOf === undefined ? options[camelCase(option)] : secretFrom(secretOf, option, options, env)
  if (typeof given === 'object') return given
  if (typeof given === 'string' && given !== '') {
    const fault = faultOf(question, given)
    return fault ? { field: `--${option}`, ...fault } : given
  }
  if (question.isOptional) return question.standard
  if (prompt) return (await askFor(question, prompt)) || undefined
  return question.standard ?? missing(question)
}

/** Asks until the answer is right; nothing typed means the standard. */
async function askFor(question: Question, prompt: Prompt): Promise<string> {
  const { what, note, standard, choices, secretOf } = question
  if (note !== undefined) prompt.say(`\n${note}`)
  const more = [
    ...(choices ? [choices.join(', ')] : []),
    ...(standard === undefined ? [] : [`Enter: ${standard || 'none'}`]),
  ]
  const shown = `${what.charAt(0).toUpperCase()}${what.slice(1)}${more.length > 0 ? ` (${more.join('; ')})` : ''}: `
  for (;;) {
    const text = (await prompt.ask(shown, { isSecret: secretOf !== undefined })) || (standard ?? '')
    if (text === '' && standard === undefined) prompt.say('  It is needed. Ctrl-C stops, and nothing is written.')
    else {
      const fault = text === '' ? undefined : faultOf(question, text)
      if (!fault) return text
      prompt.say(`  ${fault.rule}. ${fault.hint}`)
    }
  }
}

function faultOf({ choices, fault }: Question, text: string) {
  if (choices && !choices.includes(text))
    return { rule: 'There is no such choice', hint: `Choose ${choices.join(', ')}.` }
  if (/\p{Cc}/u.test(text) || !text.isWellFormed())
    return { rule: 'The text contains a control character or half a character', hint: 'Write it anew, on one line.' }
  return fault?.(text)
}

function missing({ option, what, note, choices, secretOf }: Question): Fault {
  const rule = `The ${what} is missing`
  const hint = choices ? `Choose ${choices.join(', ')}.` : (note ?? `Add --${option}.`)
  if (secretOf === undefined) return { field: `--${option}`, rule, hint }
  return { field: `--${option}`, rule, hint: `Name a file that holds it, or set ${secretOf}. ${hint}` }
}

/** A secret from the file that its option names, or from its variable; undefined if it is in neither. */
function secretFrom(variable: string, option: string, options: Sources['options'], env: NodeJS.ProcessEnv) {
  const file = options[camelCase(option)]
  const named = typeof file === 'string' && file !== ''
  const isSet = env[variable] !== undefined || Boolean(env[`${variable}_FILE`])
  if (!named && !isSet) return undefined
  if (named && isSet) {
    const rule = `${variable} is set in this environment, too, and takes precedence over .env`
    return { field: `--${option}`, rule, hint: `Unset ${variable}, or leave the option out.` }
  }
  const read = readVariable(variable, named ? { [`${variable}_FILE`]: file } : env)
  if ('text' in read) return read.text
  return named
    ? { field: `--${option}`, rule: 'It names no file that holds a secret and may be read', hint: 'Name such a file.' }
    : { field: variable, ...read }
}

/** The name under which the parser keeps an option: `publicUrl` of `public-url`. */
export const camelCase = (option: string): string =>
  option.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
