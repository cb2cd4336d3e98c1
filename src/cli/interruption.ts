/** Calls `stop` at the first Ctrl-C or SIGTERM; a second one ends the process as usual. Returns a function that undoes it. */
export function onInterruption(stop: () => void): () => void {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}
