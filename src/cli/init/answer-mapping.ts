import type { MappingConfig } from '../../config/schema.ts'
import type { Fault } from '../../errors/problem.ts'
import { proposeMapping } from '../../linked-objects/mapping/propose-mapping.ts'
import { previewObject } from '../../linked-objects/sources/preview-object.ts'
import { visible } from '../terminal-text.ts'
import type { Draft } from './kind.ts'
import { mappingQuestions } from './own-objects.ts'
import { previewed } from './previewed.ts'
import type { Prompt } from './prompt.ts'
import { type Answers, answerAll } from './questions.ts'

type Sources = {
  options: Record<string, string | boolean | undefined>
  env: NodeJS.ProcessEnv
  prompt: Prompt | undefined
  /** The files so far, with a mapping that stands for the one to come; undefined if they are not right. */
  draft: () => Draft | undefined
}

/** The expressions of the mapping: from options, else from an object that is looked at now, else asked for. */
export async function answerMapping(
  answers: Answers,
  sources: Sources,
): Promise<{ answers: Answers; faults: Fault[] }> {
  const { options, env, prompt } = sources
  const seen = options.summary === undefined ? await lookAt(answers, sources) : { answer: undefined }
  if (seen.why !== undefined) prompt?.say(`\nThe object could not be looked at: ${visible(seen.why)}.`)
  const proposed: MappingConfig = proposeMapping(seen.answer)
  if (prompt && proposed.summary !== undefined) prompt.say('\nThe answer came; Enter takes what is proposed from it.')
  const found = await answerAll(() => mappingQuestions(proposed, prompt !== undefined), { options, env, prompt })
  const why = seen.why === undefined ? '' : `. ${answers.key} could not be looked at: ${seen.why}`
  const faults = found.faults.map(fault =>
    fault.field === '--summary' ? { ...fault, rule: `${fault.rule}${visible(why)}` } : fault,
  )
  return { answers: found.answers, faults }
}

/** The answer about the object that is looked at, or why there is none. */
async function lookAt(answers: Answers, { env, draft }: Sources): Promise<{ answer: unknown; why?: string }> {
  const files = answers.key ? draft() : undefined
  if (!files) return { answer: undefined }
  const { application, key, publicUrl } = previewed(files, answers.key ?? '', env)
  if (application.objects.source === 'store' || key === undefined) return { answer: undefined }
  const { answer, failure } = await previewObject(application, application.objects, key, { publicUrl })
  if (answer !== undefined) return { answer }
  return { answer, why: failure?.message ?? 'there is no such object' }
}
