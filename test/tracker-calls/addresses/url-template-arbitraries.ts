import * as fc from 'fast-check'
import { parseRemoteKey } from '../../../src/tracker-contract/remote-key.ts'

const characters = Array.from(
  '/%+&=#? ;:.-~*"<>\\|^`[]{}@$,!\'()_aAfF059ЖяÉ№🚀𝒳\u{10ffff}\ufeff\ufffd\u0001\t\n\x7f\u0085',
)
const temptations = [
  '%41',
  '%2F',
  '%%',
  '%zz',
  '%C3',
  '%D0%96',
  '%2541',
  '%00',
  '..',
  '//',
  '&remoteKey=',
  '?x=1',
  'TEST-1',
  '/TEST-2/',
  'e\u0301',
]

/** Remote keys, most of them hard to send. */
export const remoteKeys = fc
  .array(
    fc.oneof(
      fc.constantFrom(...characters),
      fc.constantFrom(...temptations),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map(parts => parts.join(''))
  .filter(key => parseRemoteKey(key) !== undefined)

export const issueKeys = fc
  .tuple(
    fc.constantFrom('TEST', 'A', 'CRM2', 'LONG_QUEUE', 'F5', 'Q'.repeat(32)),
    fc.constantFrom(1, 5, 55, 1234567890),
  )
  .map(([queue, number]) => `${queue}-${number}`)

const pieces = Array.from('aF5-._~Ж№🚀!@:,;*($[/').concat('%20', '%2F', '%d0%96', '%25', '%3F', '%26', '%35', 'links')

const literal = (minLength: number, ...more: string[]) =>
  fc.array(fc.constantFrom(...pieces, ...more), { minLength, maxLength: 4 }).map(parts => parts.join(''))

/**
 * What can stand between two keys so that there is one way to split. Only a character that no issue key holds shows where the
 * issue key ends (TEST-1515 for {{issueKey}}5{{remoteKey}} is TEST-1 or TEST-151).
 */
const separator = (...more: string[]) =>
  literal(1, ...more).filter(text => /[^\w-]/.test(decodeURIComponent(text)) && !text.includes('%25'))

/** Literal text around some keys. */
const around = (keys: readonly string[], ...more: string[]) =>
  fc
    .tuple(literal(0, ...more), separator(...more), literal(0, ...more))
    .map(([start, middle, end]) => start + keys.map(key => `{{${key}}}`).join(middle) + end)

const names = ['id', 'obj', 'объект', 'a%20b', 'x+y', 'remoteKey', 'issueKey', 'k%5B%5D', 'q', 'w', '']

/** URL templates of every form, right or wrong: keys in path and query, in any order, alone or together in a parameter. */
export const templateTexts = (keys: readonly string[]) =>
  fc
    .record({
      order: fc.shuffledSubarray([...keys], { minLength: keys.length }),
      keysInPath: fc.nat({ max: keys.length }),
      slash: fc.boolean(),
      together: fc.boolean(),
      nameless: fc.boolean(),
      names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 4, maxLength: 4 }),
      others: fc.array(literal(0, '=', '+', '?'), { maxLength: 2 }),
    })
    .chain(({ order, keysInPath, slash, together, nameless, names, others }) => {
      const inQuery = order.slice(keysInPath)
      const values = together && inQuery.length === 2 ? [inQuery] : inQuery.map(key => [key])
      return fc
        .tuple(
          around(order.slice(0, keysInPath), '/', '=', '&', '+'),
          ...values.map(value => around(value, '=', '+', '?')),
        )
        .chain(([path, ...values]) => {
          const parameters = [
            ...values.map((value, index) => (nameless && values.length === 1 ? value : `${names[index]}=${value}`)),
            ...others.map((value, index) => `${names[index + 2]}=${value}`),
          ]
          return fc
            .shuffledSubarray(parameters, { minLength: parameters.length })
            .map(shuffled => `/${path}${slash ? '/' : ''}${shuffled.length > 0 ? `?${shuffled.join('&')}` : ''}`)
        })
    })
