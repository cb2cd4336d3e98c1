import { Refusal } from '../../world/refusal.ts'

/** A count in an address, such as `perPage`. Throws `Refusal` 400 if it is not a number from 1 to `most`. */
export function readCount(
  text: string | undefined,
  name: string,
  standard: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined || text === '') return standard
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= most) return count
  const rule = most === Number.MAX_SAFE_INTEGER ? 'a number from 1' : `a number from 1 to ${most}`
  throw new Refusal(400, { errors: { [name]: `${name} is ${text}, not ${rule}.` } })
}

/** `true` in any case, or `1`, as clients in PHP write it; of a repeated parameter one is enough. */
export const isTrue = (text = ''): boolean => text.split(',').some(one => /^(true|1)$/i.test(one.trim()))

/** The parts that `expand` names, separated by commas; it may be empty. */
export const expanded = (expand = ''): string[] => expand.split(',')
