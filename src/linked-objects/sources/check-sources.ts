import { statSync } from 'node:fs'
import type { ConfigCheck } from '../../config/run-config-checks.ts'
import type { Application, MappingConfig } from '../../config/schema.ts'
import type { Fault } from '../../errors/problem.ts'
import { expressionFault } from '../expressions/jsonata-expression.ts'
import { expressionsOf } from '../mapping/map-answer.ts'
import { PeopleFileFault, readPeopleFile } from '../mapping/people-file.ts'
import { checkHttpSource } from './http/check-http-source.ts'
import { checkSqlSource } from './sql/check-sql-source.ts'

/** Checks of `objects` that a schema cannot express: expressions, patterns, placeholders, files. */
export const checkSources: ConfigCheck = applications =>
  applications.flatMap(({ objects }, index) =>
    faultsOf(objects).map(fault => ({ ...fault, field: `applications/${index}/objects/${fault.field}` })),
  )

function faultsOf(objects: Application['objects']): Fault[] {
  return [
    ...('mapping' in objects && objects.mapping ? checkMapping(objects.mapping) : []),
    ...(objects.source === 'http' ? checkHttpSource(objects) : []),
    ...(objects.source === 'sql' ? checkSqlSource(objects) : []),
    ...(objects.source === 'module' ? checkFile(objects.file) : []),
    ...(objects.people?.file === undefined ? [] : checkPeopleFile(objects.people.file)),
  ]
}

function checkMapping(mapping: MappingConfig): Fault[] {
  const faults = Object.entries(mapping).flatMap(([field, text]) => {
    const fault = field === 'use' ? undefined : expressionFault(text)
    return fault ? [{ field: `mapping/${field}`, ...fault }] : []
  })
  if (expressionsOf(mapping).summary !== undefined) return faults
  const noSummary = { rule: 'A card needs a summary', hint: 'Add `summary`, or a ready-made mapping with `use`.' }
  return [{ field: 'mapping', ...noSummary }, ...faults]
}

function checkFile(file: string): Fault[] {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return []
  return [{ field: 'file', rule: 'There is no such file', hint: 'Name a file, relative to the folder of this one.' }]
}

function checkPeopleFile(file: string): Fault[] {
  try {
    readPeopleFile(file)
    return []
  } catch (error) {
    if (!(error instanceof PeopleFileFault)) throw error
    const hint = 'Correct the file; docs/objects.md shows one.'
    return [{ field: 'people/file', rule: `The file of people has a fault: ${error.message}`, hint }]
  }
}
