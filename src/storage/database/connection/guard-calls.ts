import {
  isDriverAdapterError,
  type SqlDriverAdapter,
  type SqlQueryable,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import { isConnectionError, namedError } from './name-connection-error.ts'

/** Passes on the outcome of a call to the database, or fails it early. */
export type CutShort = <T>(call: Promise<T>) => Promise<T>

/** Hears of every error of the database, as one of the adapter's kinds. */
export type FaultListener = (error: unknown) => void

type Throw = (error: unknown) => never

/** Makes the calls of a connection or a pool throw nothing but errors of the adapter's kinds. */
export function nameErrors<T extends SqlQueryable>(
  queryable: T,
  cutShort: CutShort = call => call,
  throwError: Throw = throwNamed,
): T {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = query => cutShort(queryRaw(query)).catch(throwError)
  queryable.executeRaw = query => cutShort(executeRaw(query)).catch(throwError)
  return queryable
}

/** The same for the transactions of a pool. */
export function watchTransactions<T extends SqlDriverAdapter>(pool: T, cutShort: CutShort, throwError: Throw): T {
  const startTransaction = pool.startTransaction.bind(pool)
  pool.startTransaction = async isolationLevel => {
    const begun = startTransaction(isolationLevel)
    try {
      return watchTransaction(await cutShort(begun), cutShort, throwError)
    } catch (error) {
      void letGo(begun)
      return throwError(error)
    }
  }
  return pool
}

/** Nobody waits for a transaction that begins too late, and it would keep its connection. */
async function letGo(begun: Promise<Transaction>): Promise<void> {
  const transaction = await begun.catch(() => undefined)
  await transaction?.rollback()
}

/** Once its connection has failed, a transaction fails at once: its ROLLBACK would wait as long as the call before. */
function watchTransaction(transaction: Transaction, cutShort: CutShort, throwError: Throw): Transaction {
  nameErrors(transaction, cutShort, throwError)
  const queryRaw = transaction.queryRaw.bind(transaction)
  const executeRaw = transaction.executeRaw.bind(transaction)
  let failure: unknown
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    if (failure !== undefined) throw failure
    try {
      return await call()
    } catch (error) {
      if (isDriverAdapterError(error) && isConnectionError(error)) failure = error
      throw error
    }
  }
  transaction.queryRaw = query => guard(() => queryRaw(query))
  transaction.executeRaw = query => guard(() => executeRaw(query))
  return transaction
}

function throwNamed(error: unknown): never {
  throw namedError(error)
}

/** The same, and the listener hears of it. Made once for a pool: a call that succeeds pays nothing. */
export function throwNamedTo(listener: FaultListener): Throw {
  return error => {
    const named = namedError(error)
    listener(named)
    throw named
  }
}
