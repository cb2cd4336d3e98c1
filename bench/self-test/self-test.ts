import { BenchFault } from '../measure/bench-fault.ts'
import { checkDurability, checkHonesty } from '../measure/honesty.ts'
import { type Field, runCells } from '../measure/run-cells.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { checkEquals } from './check-equals.ts'
import { checkGenerator } from './check-generator.ts'
import { lyingProgram, testedWorks } from './lying-program.ts'

/** Each lie, and the words of the fault that the bench must find. */
const lies: Readonly<Record<string, RegExp | undefined>> = {
  'does not lie': undefined,
  'acknowledges before it writes': /acknowledged create before the commit/,
  'acknowledges before the commit': /acknowledged create before the commit/,
  'acknowledges early under load': /was acknowledged, but the database holds 0 links/,
  'commits without waiting for the disk': /synchronous_commit = off/,
  'removes nothing': /remove changed no link/,
  'shows a wrong card': /answered info with 200/,
  'shows a wrong card now and then': /got a wrong body/,
  'fails now and then': /was answered 500 instead of 20/,
  'takes any token': /with a wrong token/,
  'writes no log': /does not write its log/,
}

/**
 * Whether the bench notices programs that lie, and whether its load generator tells the truth. Prints a line for each
 * check.
 */
export async function selfTest(tell: (line: string) => void): Promise<boolean> {
  const world = await openWorld({ objects: 2_000, preload: { removable: 20_000, repeatable: 20 } })
  try {
    await checkDurability(world.postgres)
    const failures: string[] = []
    for (const [index, [lie, expected]] of Object.entries(lies).entries()) {
      const found = await faultOf(world, lie, `liar_${index}`)
      const isRight = expected ? expected.test(found ?? '') : found === undefined
      if (!isRight) failures.push(lie)
      tell(`${isRight ? 'ok    ' : 'FAILED'} ${found ?? `${lie}: nothing was found`}`)
    }
    for (const { what, isRight } of [...(await checkGenerator(world)), ...(await checkEquals(world))]) {
      if (!isRight) failures.push(what)
      tell(`${isRight ? 'ok    ' : 'FAILED'} ${what}`)
    }
    return failures.length === 0
  } finally {
    await world.close()
  }
}

/** What the bench finds against a program with this lie; undefined if it would be measured. */
async function faultOf(world: World, lie: string, database: string): Promise<string | undefined> {
  await world.copyTemplate(database)
  const running = await world.start(lyingProgram(lie), database, { LIE: lie })
  try {
    await checkHonesty(running, world.postgres, database)
    // It runs under the name of a peer, because only the program behind the name matters here.
    const field: Field = new Map([['byHand', { running, cursor: { created: 0, removed: 0, asked: 0 } }]])
    const plan = { connections: 8, programs: ['byHand'], rounds: 1, warmUp: 0.1, measure: 0.7 } as const
    for (const work of testedWorks) await runCells(world, field, { ...plan, work })
    return undefined
  } catch (error) {
    if (error instanceof BenchFault) return error.message
    throw error
  } finally {
    await running.stop()
  }
}
