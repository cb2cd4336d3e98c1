import { fileURLToPath } from 'node:url'

/** The folder of the program, as stacks name it. */
const program = new URL('../..', import.meta.url)
const folders = [program.href, fileURLToPath(program)]

/** A text of an error: paths of the program begin at its folder, those in its frames at the package or with the file. */
export function withoutFolders(text: string): string {
  let short = text
  for (const folder of folders) short = short.replaceAll(folder, '')
  return short.replace(framePath, (_frame, before: string, path: string) => before + fromPackage(path))
}

const framePath = /^([ \t]+at (?:.*? \()?(?:async )?)((?:file:\/\/)?\/.*)/gm

function fromPackage(path: string): string {
  const packages = path.lastIndexOf('/node_modules/')
  return path.slice((packages < 0 ? path.lastIndexOf('/') : packages) + 1)
}
