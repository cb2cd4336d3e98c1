import type { RunListener, RunProgress } from '../../reconciliation/compare/run-ground.ts'
import type { CliContext, CommandInput } from '../command.ts'
import { counted, visible } from '../terminal-text.ts'
import { lineText, outcomeText } from './line-text.ts'

/** Tells a run as it goes on: differences and repairs on standard output, progress on standard error. */
export function tellRun({ json }: CommandInput, { stdout, stderr }: CliContext): RunListener {
  const say = (text: string) => json || stdout.write(`${text}\n`)
  const reached = { compare: 0, apply: 0 }
  return {
    lines: lines => {
      for (const line of lines) say(lineText(line))
    },
    outcome: (line, outcome) => say(outcomeText(line, outcome)),
    busy: (issueKey, remoteKeys) =>
      say(`${issueKey}  ${counted(remoteKeys.length, 'link')} just being changed: nothing can be said of them now`),
    away: reason =>
      stderr.write(
        reason === undefined
          ? 'Tracker answers again.\n'
          : `${visible(reason)} The run waits, and goes on by itself.\n`,
      ),
    progress: progress => {
      const step = Math.floor((progress.done / Math.max(1, progress.inAll)) * steps)
      if (step <= reached[progress.phase]) return
      reached[progress.phase] = step
      stderr.write(`${progressText(progress, step)}\n`)
    },
  }
}

/** A line at each of so many parts of the work. */
const steps = 20

const progressText = ({ phase, done, inAll, secondsLeft }: RunProgress, step: number) =>
  `${(100 / steps) * step} %: ${done.toLocaleString('en-US')} of ${counted(inAll, phase === 'compare' ? 'issue' : 'repair')}${
    secondsLeft === undefined || done === inAll ? '' : `, about ${durationText(secondsLeft)} to go`
  }`

function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}
