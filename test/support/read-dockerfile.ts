import { readFileSync } from 'node:fs'

/** One instruction of a Dockerfile: `COPY`, and its text on one line, variables of ARG filled. */
export type Instruction = { word: string; text: string }

/** A stage: its name (its number if it has none), the image from which it starts, its instructions. */
export type Stage = { name: string; from: string; instructions: Instruction[] }

/** The stages of a Dockerfile, in order. Reads what ours has: comments, continued lines, ARG before the first FROM. */
export function readDockerfile(file: string): Stage[] {
  const stages: Stage[] = []
  const variables = new Map<string, string>()
  const lines = readFileSync(file, 'utf8').replaceAll(/^\s*#.*\n/gm, '')
  for (const line of lines
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter(Boolean)) {
    const [, word = '', raw = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (word === '') throw new Error(`This line of the Dockerfile is not understood: ${line}`)
    const text = raw.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => variables.get(name) ?? '').trim()
    if (word === 'ARG') variables.set(...(text.split('=', 2) as [string, string]))
    else if (word === 'FROM') stages.push(startStage(text, stages.length))
    else stages.at(-1)?.instructions.push({ word, text })
  }
  return stages
}

/** The texts of all instructions of one kind. */
export const textsOf = (stage: Stage, word: string): string[] =>
  stage.instructions.filter(instruction => instruction.word === word).map(({ text }) => text)

/** What a COPY takes from where to where; `from` is undefined for the build context. */
export function readCopy(text: string): { from: string | undefined; sources: string[]; target: string } {
  const words = text.split(/\s+/)
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined
  return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }
}

/** The variables of ENV in a stage. */
export function readEnv(stage: Stage): Record<string, string> {
  const pairs = textsOf(stage, 'ENV').flatMap(text => [...text.matchAll(/(\w+)=("[^"]*"|\S+)/g)])
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value.replaceAll('"', '')]))
}

/** The words of a CMD or ENTRYPOINT in its JSON form; throws for the shell form, which would start a shell. */
export const readWords = (text: string): string[] => JSON.parse(text) as string[]

function startStage(text: string, number: number): Stage {
  const [from = '', , name = String(number)] = text.split(/\s+/)
  return { name, from, instructions: [] }
}
