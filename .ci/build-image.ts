import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Test } from 'tap'
import { readCopy, type Stage, textsOf } from '../test/support/read-dockerfile.ts'
import { checkout, plainEnvironment, run } from './programs.ts'

/** The lines that change a container's system and can only run in one; any other kind of line needs a decision here. */
const needContainer = /^(apt-get update|apt-get install -y --no-install-recommends tini|rm -rf |install -d )/

/**
 * Runs the stages of the Dockerfile, each in a folder of its own in `folder` that stands for a container's root. Returns the root
 * of the last one, with Node in the place that it has in the base image.
 */
export async function buildImage(t: Test, stages: readonly Stage[], folder: string): Promise<string> {
  const context = join(folder, 'context')
  makeContext(context)
  for (const stage of stages) await buildStage(t, stage, folder, context)
  const root = join(folder, stages.at(-1)?.name ?? '')
  const node = join(root, 'usr/local/bin/node')
  mkdirSync(dirname(node), { recursive: true })
  copyFileSync(join(checkout, 'node_modules/node/bin/node'), node)
  chmodSync(node, 0o755)
  return root
}

/** The build context: the committed files that .dockerignore lets through. */
function makeContext(context: string): void {
  const inCheckout = { cwd: checkout, encoding: 'utf8' } as const
  const allowed = execFileSync('sed', ['-n', 's/^!//p', '.dockerignore'], inCheckout).trim().split('\n')
  const files = execFileSync('git', ['ls-files', '-z', '--', ...allowed], inCheckout)
    .split('\0')
    .filter(Boolean)
  for (const file of files) copy(join(checkout, file), join(context, file))
}

async function buildStage(t: Test, stage: Stage, folder: string, context: string): Promise<void> {
  const root = join(folder, stage.name)
  let directory = root
  for (const { word, text } of stage.instructions) {
    if (word === 'WORKDIR') directory = join(root, text)
    else if (word === 'COPY') {
      const { from, sources, target } = readCopy(text)
      for (const source of sources) {
        const taken = join(from ? join(folder, from) : context, source)
        const into = join(directory, target)
        // COPY of a folder takes its content.
        copy(taken, statSync(taken).isDirectory() ? into : join(into, basename(source)))
      }
    } else if (word === 'RUN') {
      await runStep(t, text, root, directory)
      t.pass(`RUN ${text}`)
    }
  }
  t.pass(`${stage.name}: ${textsOf(stage, 'COPY').length} COPY`)
}

/** Runs npm's commands unchanged. Of the others it only makes the links, in the stage's own root. */
async function runStep(t: Test, text: string, root: string, cwd: string): Promise<void> {
  if (text.startsWith('npm ')) {
    await run('sh', ['-c', text], { cwd, env: plainEnvironment() })
    return
  }
  for (const step of text.split(' && ')) {
    const [, source = '', target = ''] = /^ln -s (\S+) (\S+)$/.exec(step) ?? []
    if (target === '') t.match(step, needContainer)
    else {
      mkdirSync(dirname(join(root, target)), { recursive: true })
      symlinkSync(join(root, source), join(root, target))
    }
  }
}

function copy(source: string, target: string): void {
  cpSync(source, target, { recursive: true, verbatimSymlinks: true })
}
