/** The outcome of a promise that took too long. */
export const late = Symbol('late')

/** The outcome of a promise, or `late` if it has none after some milliseconds; the promise itself goes on. */
export function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | typeof late> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late), Math.max(0, milliseconds))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
