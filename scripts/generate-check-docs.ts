import { writeFileSync } from 'node:fs'
import { allChecks } from '../src/checks/kit/all-checks.ts'
import { type Check, groups } from '../src/checks/kit/check.ts'

/** Makes docs/checks.md from the checks of the kit. After a change of them run: node scripts/generate-check-docs.ts */

const introduction = `# All checks

<!-- Made from the checks by scripts/generate-check-docs.ts; change it there. -->

What \`tracker-links check\` looks at; [Is my server ready for Tracker?](check.md) says how to use it.

- **must**: Tracker's documents say so, or nothing would work otherwise. One that fails makes the verdict NOT READY.
- **should**: the documents leave it open, and a careful application does it. One that fails is a warning.
- **tolerant**: makes an application easy to live with. One that fails is a warning.
`

/** The page for the checks of the kit. */
export const generateCheckDocs = (checks: readonly Check[]): string =>
  [introduction, ...groups.map(group => section(group, checks))].join('\n')

function section(group: string, checks: readonly Check[]): string {
  const rows = checks
    .filter(check => check.group === group)
    .map(({ id, level, title, source }) => `| \`${id}\` | ${level} | ${title} | ${source} |`)
  return [
    `## ${group}`,
    '',
    '| Check | Level | What is right | Source |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(new URL('../docs/checks.md', import.meta.url), generateCheckDocs(allChecks))
