import type { Path } from './config-faults.ts'
import { nearestName } from './nearest-name.ts'
import type { ApplicationEntry } from './schema.ts'
import { mapping as mappingSchema } from './schemas/card-making-schema.ts'

type Block = Record<string, unknown>

const isBlock = (value: unknown): value is Block => typeof value === 'object' && value !== null && !Array.isArray(value)

// Of the types that the schema demands. What a check says of one of them is not told: that place has a fault already.
const ofApplication: Block = {
  name: 'stand-in',
  frontUrl: 'https://stand-in.example.com/{{remoteKey}}',
  responsible: 'stand-in',
  authorization: { kind: 'none' },
}
const summary = '"stand-in"'
const ofObjects: Block = {
  url: 'https://stand-in.example.com/{{remoteKey}}',
  // The only method that may have a body.
  method: 'POST',
  databaseUrl: 'postgresql://stand-in/stand-in',
  query: 'SELECT $1',
  // One that exists.
  file: import.meta.filename,
  mapping: { summary },
}

/**
 * An application of the file with stand-ins for what has a fault (`spoiled`: paths from the application), so that the checks of
 * the rest can run in the same pass; undefined if nothing of it can be read.
 */
export function withStandIns(entry: unknown, position: number, spoiled: readonly Path[]): ApplicationEntry | undefined {
  if (!isBlock(entry) || spoiled.some(path => path.length === 0)) return undefined
  const whole = structuredClone(entry)
  for (const [key, ...rest] of spoiled) {
    if (key === 'endpoints' && rest.length > 0) remove(whole.endpoints, rest[0])
    else if (key === 'objects' && rest.length > 0 && rest[0] !== 'source') standInObjects(whole.objects, rest)
    else replace(whole, key, ofApplication)
  }
  // A key that is missing because it is misspelt has one fault only, that of the name that was written.
  addMissing(whole, Object.keys(ofApplication), ofApplication)
  if (isBlock(whole.objects)) addMissing(whole.objects, requiredBy[String(whole.objects.source)] ?? [], ofObjects)
  // Not that of another application: their addresses would meet because of it.
  whole.id ??= `stand-in-${position}`
  return whole as ApplicationEntry
}

const requiredBy: Record<string, readonly string[]> = {
  http: ['url', 'mapping'],
  sql: ['databaseUrl', 'query', 'mapping'],
  module: ['file'],
}

function addMissing(block: Block, names: readonly string[], standIns: Block): void {
  for (const name of names) block[name] ??= structuredClone(standIns[name])
}

function standInObjects(objects: unknown, [key, inside]: Path): void {
  if (!isBlock(objects)) return
  if (key !== undefined && inside !== undefined && isBlock(objects[key])) {
    remove(objects[key], inside)
    // It may have been the summary, under whatever name.
    if (key === 'mapping' && !isOtherField(inside)) addMissing(objects[key], ['summary'], { summary })
    return
  }
  remove(objects, key)
  const meant = meantName(key)
  if (meant !== undefined) replace(objects, meant, ofObjects)
  // With the hosts unknown, none is refused.
  if (meant === 'privateHosts' && URL.canParse(String(objects.url)))
    objects.privateHosts = [new URL(String(objects.url)).hostname]
}

const isOtherField = (name: string | number) =>
  Object.hasOwn(mappingSchema.properties, name) && name !== 'summary' && name !== 'use'

/** The keys that the checks of other keys depend on, also if one is misspelt. */
const meantName = (key: string | number | undefined) =>
  nearestName(String(key), ['keyPattern', 'privateHosts', ...Object.keys(ofObjects)])

function replace(block: Block, key: string | number | undefined, standIns: Block): void {
  const name = String(key)
  if (Object.hasOwn(standIns, name)) block[name] = structuredClone(standIns[name])
  else remove(block, name)
}

function remove(block: unknown, key: string | number | undefined): void {
  if (isBlock(block)) delete block[String(key)]
}

const withPlaceholders = ['url', 'body', 'query']

/** Whether a fault of a check says something of a place, or of what depends on one, that has a fault already. */
export function isEcho(path: Path, spoiled: readonly Path[]): boolean {
  return spoiled.some(
    place =>
      place.every((part, index) => path[index] === part) ||
      // Without the pattern, the names of the placeholders are not known.
      (meantName(place[3]) === 'keyPattern' && path[1] === place[1] && withPlaceholders.includes(String(path[3]))),
  )
}
