import t from 'tap'
import { NamedClient } from '../../../../src/storage/database/connection/name-connection-error.ts'

t.test('a connection that ends at the moment at which it is handed over does not end the process', async t => {
  // The pool takes its listener off, and the transaction that waited for the connection adds its own a turn later. If the end of the
  // connection comes in the same piece of data as the end of the query before, there is no other.
  const client = new NamedClient()
  t.doesNotThrow(() => client.emit('error', new Error('terminating connection due to administrator command')))
})
