import { randomBytes } from 'node:crypto'
import { type CliCommand, print } from './command.ts'

const bits = 256

/** A strong token in hexadecimal digits: no shell, header or form changes them, and a double click selects them all. */
export const newToken = (): string => randomBytes(bits / 8).toString('hex')

export const tokenNew: CliCommand = {
  name: 'token new',
  summary: 'print a strong token for an application; it is stored nowhere',
  examples: ['token new', 'token new --json'],
  run: async (input, context) => {
    const token = newToken()
    print(input, context, token, { token, bits })
    context.stderr.write(
      [
        'It is stored nowhere. Put it into an environment variable of the server, CRM_TOKEN for example, and name that in',
        `the configuration:  authorization: { kind: token, tokens: ["\${CRM_TOKEN}"] }`,
        `Tracker gets it on the registration sheet:  ${context.calledAs} registration APPLICATION --with-token`,
        '',
      ].join('\n'),
    )
    return 0
  },
}
