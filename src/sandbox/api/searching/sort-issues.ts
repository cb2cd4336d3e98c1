import type { Issue } from '../../world/records.ts'
import type { World } from '../../world/world.ts'
import type { SortOrder } from './condition.ts'
import { knownField, type SearchableField } from './searchable-fields.ts'

/**
 * An unknown field in `order` is ignored: an example in the documents misspells one. In a query it is refused: throws
 * `Refusal` 400.
 */
export function sorted(world: World, issues: readonly Issue[], orders: readonly SortOrder[]): Issue[] {
  const known = orders.flatMap(({ field: name, isDescending, refuse }) => {
    const field = knownField(name)
    if (!field && refuse) throw refuse(`the sandbox cannot sort by ${name}`)
    return field ? [{ field, sign: isDescending ? -1 : 1 }] : []
  })
  return issues.toSorted((one, other) => {
    for (const { field, sign } of known) {
      const order = collator.compare(sortText(field, one, world), sortText(field, other, world))
      if (order !== 0) return sign * order
    }
    return 0
  })
}

/** Words in the order of their list (priorities from low to high), users by name. */
function sortText(field: SearchableField, issue: Issue, world: World): string {
  const [text = ''] = field.content(issue, world)
  if (field.values === 'word') return `${field.words.findIndex(({ key }) => key === text)}`
  return field.values === 'user' ? (world.user(text)?.display ?? '') : text
}

// TEST-2 before TEST-10.
const collator = new Intl.Collator('en', { numeric: true })
