import type { FindingCode } from '../../../src/checks/doctor/catalogue.ts'
import { changesBetween, settledContent } from './database-content.ts'
import type { Scene } from './scene.ts'

/** What the doctor said, and how: `faults` are promises that it broke, whatever it said. */
export type Look = { line: string; out: string; code: number | null; seconds: number; faults: string[] }

/** Nobody waits longer for it, whatever hangs. */
const mostSeconds = 10

/**
 * Runs `tracker-links doctor` as a person does, and compares what is in the database before and afterwards. A server beside it may
 * write as well, such as a mirror that tries again; a doctor that writes would do so each time, so the third look counts.
 */
export async function look(scene: Scene, words: readonly string[], isReadable = true): Promise<Look> {
  for (let times = 1; ; times++) {
    const content = async () => (isReadable ? await settledContent(scene.database.admin) : {})
    const before = await content()
    const one = await lookOnce(scene, words)
    const changes = changesBetween(before, await content()).map(change => `it wrote: ${change}`)
    if (changes.length === 0 || times === 3) return { ...one, faults: [...one.faults, ...changes] }
  }
}

async function lookOnce(scene: Scene, words: readonly string[]): Promise<Look> {
  const began = performance.now()
  const { code, out, errors } = await scene.run('doctor', 'crm', ...words)
  const seconds = (performance.now() - began) / 1_000
  const [line = ''] = out.split('\n')
  const faults = [
    ...(seconds > mostSeconds ? [`it took ${seconds.toFixed(1)} s`] : []),
    ...(/canary/.test(out + errors) ? ['it printed a secret'] : []),
    ...(line === '' ? [`it printed nothing but ${errors.slice(0, 300)}`] : []),
  ]
  return { line, out, code, seconds, faults }
}

/** What is wrong with the verdict on something that is broken so. */
export function faultsOf({ line, out, code }: Look, wanted: FindingCode, exitCode: number): string[] {
  return [
    ...(line.includes(` ${wanted} `) ? [] : [`the first line is to name ${wanted}`]),
    ...(wanted.startsWith('TLK-C') || wanted.startsWith('TLK-A') ? missing(line, 'crm') : []),
    ...(/^next: \S/.test(out.split('\n')[1] ?? '') ? [] : ['no line `next:` follows']),
    ...(code === exitCode ? [] : [`exit code ${code}, not ${exitCode}`]),
  ]
}

const missing = (line: string, id: string) => (line.includes(`(${id}`) ? [] : [`the first line does not name ${id}`])

/** What is wrong with the verdict on something that is well. */
export const faultsOfWell = ({ out, code }: Look): string[] =>
  out === 'OK\n' && code === 0 ? [] : [`it is well, and exit code ${code} came with: ${out.trim()}`]

/** What is wrong with the same verdict for programs. */
export async function faultsOfJson(scene: Scene, words: readonly string[], wanted: FindingCode): Promise<string[]> {
  const { out } = await scene.run('doctor', 'crm', ...words, '--json')
  try {
    return JSON.stringify(JSON.parse(out)).includes(`"${wanted}"`) ? [] : [`--json does not have ${wanted}`]
  } catch {
    return ['--json printed no JSON']
  }
}
