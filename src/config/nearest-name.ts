/** The known name that a person most probably meant; undefined if none is similar. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3))
  return known
    .filter(candidate => Math.abs(candidate.length - name.length) <= limit)
    .map(candidate => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate
}

/** How many letters must be added, dropped, replaced or swapped with their neighbour to turn one text into the other. */
function editDistance(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row, column - 1) + (from[line - 1] === to[column - 1] ? 0 : 1)
      const swapped = from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
      next.push(
        Math.min(
          replaced,
          at(row, column) + 1,
          at(next, column - 1) + 1,
          swapped ? at(before, column - 2) + 1 : replaced,
        ),
      )
    }
    before = row
    row = next
  }
  return at(row, to.length)
}

const at = (row: readonly number[], column: number) => row[column] ?? Number.POSITIVE_INFINITY
