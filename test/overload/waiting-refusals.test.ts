import { Socket } from 'node:net'
import t from 'tap'
import { noRefusals, refuseLater } from '../../src/overload/waiting-refusals.ts'
import { until } from '../support/until.ts'

t.test('16 refusals of a connection may wait; with one more it is closed, and gets none of them', async t => {
  const waiting = noRefusals()
  const [eager, patient] = [new Socket(), new Socket()]
  const told: Socket[] = []
  const later = (socket: Socket) => refuseLater(waiting, socket, 1, () => told.push(socket))
  for (let n = 0; n < 16; n++) later(eager)
  t.notOk(eager.destroyed)
  later(eager)
  t.ok(eager.destroyed)
  later(patient)
  await until(() => waiting.count === 0)
  t.same(told, [patient])
})

t.test(
  '10,000 wait in all; beyond that a connection is closed, and there is room again once they are told',
  async t => {
    const waiting = noRefusals()
    let told = 0
    const later = (socket: Socket) => refuseLater(waiting, socket, 1, () => told++)
    const sockets = Array.from({ length: 10_001 }, () => new Socket())
    for (const socket of sockets) later(socket)
    t.equal(sockets.filter(({ destroyed }) => destroyed).length, 1)
    await until(() => waiting.count === 0)
    t.equal(told, 10_000)
    const another = new Socket()
    later(another)
    t.notOk(another.destroyed)
    await until(() => told === 10_001)
  },
)
