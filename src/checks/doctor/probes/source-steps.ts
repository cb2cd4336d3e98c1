import { shortened } from '../../../linked-objects/mapping/map-answer.ts'
import type { Preview } from '../../../linked-objects/sources/preview-object.ts'
import type { Step } from '../../../linked-objects/sources/upstream.ts'

/** What was sent and what came, in lines, without secrets. */
export const stepLines = ({ steps, answer }: Preview): string[] => [
  ...steps.map(lineOf),
  ...(answer === undefined ? [] : [`the answer: ${shortened(answer)}`]),
]

function lineOf(step: Step): string {
  if (step.step === 'key') return step.rule
  if (step.step === 'text') return `the answer begins with ${step.start}`
  if (step.step === 'request') return `${step.method} ${withoutValues(step.address)}`
  if (step.step === 'module') return `the module ${step.file} ended after ${took(step)}`
  if (step.step === 'query') return `the query gave ${step.rows} rows after ${took(step)}`
  return `answered ${step.status} after ${took(step)}`
}

const took = ({ milliseconds }: { milliseconds: number }) => `${Math.round(milliseconds)} ms`

/** An address without the values of its query, which may hold a key of its API. */
function withoutValues(address: string): string {
  const url = new URL(address)
  const names = [...url.searchParams.keys()].map(name => `${name}=…`)
  return `${url.origin}${url.pathname}${names.length > 0 ? `?${names.join('&')}` : ''}`
}
