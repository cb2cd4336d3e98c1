import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  askProcess,
  endProcess,
  ProcessEnded,
  startProcess,
} from '../../../src/linked-objects/processes/asked-process.ts'

/** A program that holds as many megabytes outside of V8's heap as it is asked to, and answers; or never, of a negative number. */
const program = `
  import { answerQuestions } from ${JSON.stringify(join(import.meta.dirname, '../../../src/linked-objects/processes/answer-questions.ts'))}
  let held
  answerQuestions(async megabytes => {
    held = Buffer.alloc(Math.abs(megabytes) * 1024 * 1024, 1)
    if (megabytes < 0) for (;;);
    return held.length
  })`

t.test('a process that takes more memory than it may is ended while it is asked', async t => {
  const file = join(t.testdir({}), 'program.ts')
  await writeFile(file, program)
  const start = async (mostMegabytes?: number) => {
    const started = Promise.withResolvers<void>()
    const limits = { megabytes: 64, ...(mostMegabytes && { mostMegabytes }) }
    const tell = { ready: started.resolve, ended: () => {} }
    const process = startProcess({ file, ...limits, env: {}, mayPrint: true }, tell)
    t.teardown(() => endProcess(process, 'the test is over'))
    await started.promise
    return process
  }
  const never = new AbortController().signal
  const bounded = await start(300)
  t.equal(await askProcess(bounded, 16, never), 16 * 1024 * 1024)
  await t.rejects(askProcess(bounded, -400, never), new ProcessEnded('it took more than 300 MB'))
  t.equal(bounded.isAlive, false)

  const free = await start()
  t.equal(await askProcess(free, 400, never), 400 * 1024 * 1024, 'the bound is what ended it')
})
