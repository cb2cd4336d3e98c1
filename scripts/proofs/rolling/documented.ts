import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// The configurations of docs/deploy.md, as they stand there but for addresses, certificates and, for nginx, what it takes to
// run it beside others.

const page = readFileSync(join(import.meta.dirname, '../../../docs/deploy.md'), 'utf8')

function block(language: string, holds: string): string {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))]
    .map(([, text = '']) => text)
    .find(text => text.includes(holds))
  if (found === undefined) throw new Error(`docs/deploy.md has no block of ${language} with ${holds}.`)
  return found
}

/** Writes a line of the first documented server for each replica, and leaves out the lines of the others. */
function fillServers(text: string, line: RegExp, replicas: readonly string[]): string {
  const [first, ...others] = [...text.matchAll(line)].map(([found]) => found)
  if (first === undefined) throw new Error(`docs/deploy.md: no line like ${line}`)
  const lines = replicas.map((address, index) =>
    first.replace(/\d+\.\d+\.\d+\.\d+:\d+/, address).replace(/links-1/, `links-${index + 1}`),
  )
  return others.reduce((rest, other) => rest.replace(other, ''), text).replace(first, lines.join(''))
}

export function documentedNginx(port: number, replicas: readonly string[], folder: string): string {
  const documented = block('nginx', 'upstream tracker_links')
    .replace(/listen 443 ssl;/, `listen 127.0.0.1:${port};`)
    .replaceAll(/^ *ssl_.*\n/gm, '')
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  )
  return `daemon off;
pid ${folder}/nginx.pid;
events {}
http {
access_log off;
${places.join('\n')}
${fillServers(documented, /^ *server \d.*\n/gm, replicas)}
}
`
}

export function documentedHaproxy(port: number, replicas: readonly string[]): string {
  const documented = block('haproxy', 'backend tracker_links').replace(/bind :443 .*/, `bind 127.0.0.1:${port}`)
  const checked = fillServers(documented, /^ *server links-\d+ .*check\n/gm, replicas)
  return fillServers(checked, /^ *server links-\d+-unready .*\n/gm, replicas)
}
