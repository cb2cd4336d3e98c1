import type { Application } from '../../config/schema.ts'
import type { Settings } from '../../config/settings.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { shellWord } from '../../values/shell-word.ts'
import type { Place } from './place.ts'

export type NextStep = { what: string; command: string }

/** Where the server will be reached on this machine; a port that it takes freely is not known yet. */
export function addressHere({ host, port }: Settings): string {
  return `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${port === 0 ? 8080 : port}`
}

/** The three commands that come next, each as it can be pasted. */
export function nextSteps(
  { application, key, tokenVariable }: { application: Application; key: RemoteKey | undefined; tokenVariable: string },
  place: Place,
  { settings, calledAs: program }: { settings: Settings; calledAs: string },
): NextStep[] {
  const { id, path, objects } = application
  const option = place.configOption
  return [
    { what: 'Start the server. It stays running until Ctrl-C', command: `${program} serve${option}` },
    objects.source === 'store'
      ? {
          what: 'In a second terminal, store an object',
          command: `echo '{"key":"1","summary":"My first object"}' | ${program} objects import - --format json${option}`,
        }
      : key === undefined
        ? {
            what: 'In a second terminal, look at an object',
            command: `${program} objects preview ${shellWord(id)} KEY${option}`,
          }
        : {
            what: 'In a second terminal, ask for the card as Tracker does',
            command: cardCommand(`/${path}/objects/${encodeURIComponent(key)}`, { place, settings, tokenVariable }),
          },
    {
      what: 'Before you register it in Tracker (publicUrl is a public HTTPS address then), print the sheet for its team',
      command: `${program} registration ${shellWord(id)} --offline${option}`,
    },
  ]
}

/** The token goes from the file to curl by a pipe, so that neither the screen nor a list of processes shows it. */
function cardCommand(
  path: string,
  { place, settings, tokenVariable }: { place: Place; settings: Settings; tokenVariable: string },
): string {
  const header = `sed -n 's/^${tokenVariable}=/Authorization: OAuth /p' ${shellWord(place.dotenvName)}`
  return `${header} | curl -H @- ${shellWord(`${addressHere(settings)}${path}`)}`
}
