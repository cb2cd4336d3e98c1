/** Calls `stop` at the first Ctrl-C or SIGTERM; a second one ends the process as ever. Returns how to undo that. */
export function onInterruption(stop: () => void): () => void {
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return () => {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}
