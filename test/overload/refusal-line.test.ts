import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import { refusalLine, refuseInLine } from '../../src/overload/refusal-line.ts'
import { until } from '../support/until.ts'

/** The 900th caller has gone. */
const call = (number: number) => ({ number, socket: { destroyed: number === 900 } }) as unknown as IncomingMessage

t.test('many refusals take many turns, in their order, and who has gone gets none', async t => {
  const refused: number[] = []
  const line = refusalLine(request => refused.push((request as unknown as { number: number }).number))
  for (let number = 0; number < 1_000; number++) refuseInLine(line, call(number), {} as ServerResponse)
  t.ok(refused.length >= 32 && refused.length <= 512, `${refused.length} in the first turn`)
  await until(() => refused.length === 999)
  t.same(
    refused,
    Array.from({ length: 1_000 }, (_, number) => number).filter(number => number !== 900),
  )
})
