import { closed, secret } from './schema-parts.ts'

/** `triggers` of an application. */
export const triggers = {
  ...closed,
  description:
    "Takes at `/PATH/triggers` what triggers of Tracker tell of moved, closed and deleted issues; `tracker-links registration triggers APPLICATION QUEUE` prints a trigger's settings. Default: off",
  required: ['token'],
  properties: {
    token: secret('The token that the triggers send. Of its own: not one of `authorization`.', {
      pattern: '^[!-~]+$',
      patternErrorMessage:
        'A token has Latin letters, digits and punctuation only: no white space, nothing outside ASCII.',
      examples: [`\${CRM_TRIGGERS_TOKEN}`],
    }),
  },
} as const

/** Where an application takes triggers, by its first segment. */
export const triggersAddress = (path: string): string => `/${path}/triggers`
