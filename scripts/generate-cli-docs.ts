import { writeFileSync } from 'node:fs'
import type { CliCommand } from '../src/cli/command.ts'
import { loadCommands } from '../src/cli/main.ts'

/** Makes docs/cli.md from the table of commands. After a change of the table run: node scripts/generate-cli-docs.ts */

const introduction = `# Commands

<!-- Made from the table of commands by scripts/generate-cli-docs.ts; change it there. -->

Every command says what it takes with \`--help\`. Where the documentation says \`tracker-links\`, type

| Where | |
| --- | --- |
| in a checkout | \`./tracker-links\`, or its path from any other folder; it takes the Node.js that \`npm ci\` brought, or yours if that is new enough |
| installed for all (\`npm install --global\`) | \`tracker-links\` |
| installed in a folder, or not at all | \`npx tracker-link-server\`; without words after it, it starts the server |
| with Docker Compose | \`docker compose exec server tracker-links\` |

What the program prints at a terminal names what can be typed there; the log, and answers of the API, say \`tracker-links\`.

- All commands about objects and links work while the server runs and while it does not. They read the same configuration
  file and the same settings as the server, \`.env\` beside that file included, so start them in the same folder or name the
  file with \`--config\`; variables of a unit are read from its file with \`--env-file\`.
- Only \`serve\` and \`migrate\` make a database. The others refuse where there is none, and name the one that they use on standard
  error: [which database](configuration.md#which-database).
- \`--json\` prints one JSON document instead of text, and nothing else on standard output (\`links export\` one a
  line). Numbers in it may have 64 bits.
- Progress, warnings and lists of faults go to standard error.
- Exit codes: 0 done, 1 failed, 2 the input was refused, wholly or in part.
- An issue key may be typed in either case. An object key is taken exactly as it is; one that starts with a hyphen goes after
  \`--\`.
- Control characters in keys and texts are shown as \`\\u001b\`, so that nothing stored can steer a terminal.
`

/** The page for a table of commands. */
export function generateCliDocs(table: readonly CliCommand[]): string {
  return [introduction, ...table.map(section)].join('\n')
}

function section({
  name,
  summary,
  arguments: positional = [],
  options = [],
  details,
  examples = [],
}: CliCommand): string {
  const usage = [name, '[options]', ...positional.map(argument => argument.name)].join(' ')
  const rows = [
    ...positional.map(argument => [argument.name, argument.summary]),
    ...options.map(option => [option.flags, described(option)]),
    ['--json', 'print JSON instead of text'],
  ]
  return [
    `## ${name}`,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    `\`\`\`text\ntracker-links ${usage}\n\`\`\``,
    ['| | |', '| --- | --- |', ...rows.map(([term, text]) => `| \`${term}\` | ${text?.replaceAll('|', '\\|')} |`)].join(
      '\n',
    ),
    ...(details ? [details.trim()] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.map(line => `tracker-links ${line}`).join('\n')}\n\`\`\``] : []),
  ]
    .join('\n\n')
    .concat('\n')
}

function described({ summary, choices, default: byDefault }: NonNullable<CliCommand['options']>[number]): string {
  const more = [
    ...(choices ? [`one of ${choices.map(choice => `\`${choice}\``).join(', ')}`] : []),
    ...(byDefault === undefined ? [] : [`default \`${byDefault}\``]),
  ]
  return [summary, ...more].join('; ')
}

if (import.meta.main) writeFileSync(new URL('../docs/cli.md', import.meta.url), generateCliDocs(await loadCommands()))
